/**
 * Which names of header fields, query parameters and form fields say that their value is a credential.
 *
 * A name is taken apart into its words, in whatever spelling: `access_token`, `accessToken`, `ACCESS-TOKEN`,
 * `user[accessToken]`, `access%5Ftoken`. Its last word decides; words that say nothing of the kind (`…_id`, `…[0]`,
 * `…Confirmation`) are passed over. A secret under an unusual name is not recognised.
 */

/** Whether a header field, or a parameter, of this name carries a credential. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  while (words.length > 1 && PASSED_OVER.test(words.at(-1) ?? "")) words.pop();
  const last = words.at(-1) ?? "";
  const before = words.at(-2) ?? "";
  if (SECRET_WORD.test(last) || SECRET_END.test(last)) return true;
  if (last === "key") return KINDS_OF_KEY.has(before);
  if (last === "code") return words.length === 1 || KINDS_OF_CODE.has(before);
  return before === "saml" && (last === "response" || last === "request");
}

/** Longer names are cut: no more of them is looked at. */
const MAX_CHARS = 256;

function wordsOf(name: string): string[] {
  return decoded(name.slice(-MAX_CHARS))
    .replace(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$1$3 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}

/** A name may be encoded, once or twice, as in a URL that is a parameter of another. */
function decoded(name: string): string {
  return name.replace(
    /%(?:25)?([\da-f]{2})/gi,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  );
}

const PASSED_OVER = /^(?:\d+|id|ids|value|hash|raw|old|new|confirm|confirmation|repeat|again)$/;

/** As a word of its own. */
const SECRET_WORD = /^(?:auth|jwt|bearer|otp|pass|pwd|pw|sid|sig|session|assertion|saml)\d*$/;

/** Also at the end of a word that was written in one: `clientsecret`, `phpsessid`. */
const SECRET_END =
  /(?:authorization|cookie|token|secret|password|passwd|passphrase|passcode|signature|credentials?|session(?:id)?|sessid|(?:api|access|auth|private|secret|subscription)key(?:id)?)\d*$/;

const KINDS_OF_KEY: ReadonlySet<string> = new Set([
  ...[
    "access",
    "account",
    "api",
    "app",
    "auth",
    "authorization",
    "client",
    "consumer",
    "encryption",
  ],
  ...["function", "functions", "license", "master", "private", "secret", "security", "service"],
  ...["shared", "signing", "storage", "subscription", "user"],
]);

/** OAuth's `code` stands alone (RFC 6749 §4.1.2). */
const KINDS_OF_CODE: ReadonlySet<string> = new Set([
  ...[
    "auth",
    "authorization",
    "device",
    "login",
    "otp",
    "recovery",
    "reset",
    "user",
    "verification",
  ],
]);
