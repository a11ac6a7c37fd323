/**
 * What a server asks for: `WWW-Authenticate` by its grammar (RFC 9110 §11.6.1), and of the Digest challenges in it the
 * strongest that can be answered (RFC 7616 §3.3).
 *
 * ```text
 * field     = challenge *( "," challenge )
 * challenge = scheme [ 1*SP ( token68 / parameter *( "," parameter ) ) ]
 * parameter = name "=" ( token / quoted-string )
 * ```
 *
 * A comma may stand between parameters, between challenges and within quotes: only the grammar decides which.
 */

/** The hash of RFC 7616 §3.3 and of those that servers add, the weakest first; with the names `node:crypto` has. */
const HASHES = {
  "MD5": "md5",
  "SHA": "sha1",
  "SHA-256": "sha256",
  "SHA-512": "sha512",
  "SHA-512-256": "sha512-256",
} as const;

/** A hash as `node:crypto` names it. */
export type HashName = typeof HASHES[keyof typeof HASHES];

/** A challenge of any scheme. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case; values unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A challenge of the Digest scheme that can be answered. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  /** As the server wrote it; `null` where it wrote none, which means MD5. */
  readonly algorithm: string | null;
  readonly hash: HashName;
  /** Whether the algorithm is one of the `-sess` kind. */
  readonly isSession: boolean;
  /** Which protection is answered with; `null` for servers from before RFC 2617. */
  readonly qop: "auth" | "auth-int" | null;
  readonly isStale: boolean;
  readonly wantsUserHash: boolean;
  /** Whether the server says that it reads UTF-8. */
  readonly isUTF8: boolean;
  /** Where else these credentials hold: URIs, perhaps relative. Empty: everywhere on this origin. */
  readonly domain: readonly string[];
}

/** What is wrong with a challenge; the message completes a sentence of the one who asked. */
export class ChallengeError extends Error {}

/**
 * The strongest Digest challenge of these field lines that can be answered; `null` where there is none at all. The
 * first of several that are alike counts.
 *
 * @throws {ChallengeError} where there are Digest challenges and none can be answered: what is wrong with the first
 */
export function chooseDigestChallenge(lines: readonly string[]): DigestChallenge | null {
  let best: DigestChallenge | null = null;
  let fault: ChallengeError | null = null;
  for (const line of lines) {
    if (!/(?:^|[\s,])digest(?:[\s,]|$)/i.test(line)) continue; // others may write what they like
    try {
      for (const challenge of parseChallenges(line)) {
        if (challenge.scheme !== "digest") continue;
        const found = digestChallenge(challenge.parameters);
        if (found instanceof ChallengeError) fault ??= found;
        else if (best === null || strength(found) > strength(best)) best = found;
      }
    } catch (error) {
      if (!(error instanceof ChallengeError)) throw error;
      fault ??= error;
    }
  }
  if (best === null && fault !== null) throw fault;
  return best;
}

function strength({ hash }: DigestChallenge): number {
  return Object.values(HASHES).indexOf(hash);
}

/** The challenge that these parameters make, or what is wrong with them. */
function digestChallenge(
  parameters: ReadonlyMap<string, string>,
): DigestChallenge | ChallengeError {
  const realm = parameters.get("realm");
  const nonce = parameters.get("nonce");
  if (realm === undefined) return new ChallengeError("it has no realm");
  if (nonce === undefined) return new ChallengeError("it has no nonce");
  const algorithm = parameters.get("algorithm") ?? null;
  const [, name = "", session] = /^(.*?)(-SESS)?$/.exec((algorithm ?? "MD5").toUpperCase()) ?? [];
  if (!isHash(name)) return new ChallengeError(`its algorithm is none of ${known()}`);
  const qop = chooseProtection(parameters.get("qop"));
  if (qop === undefined) return new ChallengeError("its qop is neither auth nor auth-int");
  return {
    realm,
    nonce,
    opaque: parameters.get("opaque") ?? null,
    algorithm,
    hash: HASHES[name],
    isSession: session !== undefined,
    qop,
    isStale: isTrue(parameters.get("stale")),
    wantsUserHash: isTrue(parameters.get("userhash")),
    isUTF8: parameters.get("charset")?.toUpperCase() === "UTF-8",
    domain: (parameters.get("domain") ?? "").split(/[ \t]+/).filter((uri) => uri !== ""),
  };
}

function isHash(name: string): name is keyof typeof HASHES {
  return Object.hasOwn(HASHES, name);
}

function known(): string {
  return `${Object.keys(HASHES).join(", ")}, with or without -sess`;
}

/** `auth` where it is offered: the other needs the body's hash. `undefined` where only others are (RFC 7616 §3.3). */
function chooseProtection(offered: string | undefined): "auth" | "auth-int" | null | undefined {
  if (offered === undefined) return null;
  const names = offered.toLowerCase().split(",").map((name) => name.trim());
  if (names.every((name) => name === "")) return null; // `qop=""`, as if it were not there
  return (["auth", "auth-int"] as const).find((name) => names.includes(name));
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === "true";
}

/**
 * Every challenge of one field line, in order.
 *
 * @throws {ChallengeError} where it breaks the grammar; it names the parameter, never its value
 */
export function parseChallenges(line: string): Challenge[] {
  const text = new Scanner(line);
  const challenges: Challenge[] = [];
  while (text.skipCommas()) {
    const scheme = text.token().toLowerCase();
    if (scheme === "") throw new ChallengeError(`no scheme stands at character ${text.at + 1}`);
    const parameters = new Map<string, string>();
    const hasMore = text.skipBlanks();
    // Digest has no token68: `realm=,` would look like one.
    if (hasMore && (scheme === "digest" || !text.skipToken68())) readParameters(text, parameters);
    challenges.push({ scheme, parameters });
  }
  return challenges;
}

/**
 * A bare list of parameters: what `Authentication-Info` is made of.
 *
 * @throws {ChallengeError} where it breaks the grammar
 */
export function parseParameterList(line: string): ReadonlyMap<string, string> {
  const text = new Scanner(line);
  const parameters = new Map<string, string>();
  readParameters(text, parameters);
  if (!text.isAtEnd) throw new ChallengeError(`no parameter stands at character ${text.at + 1}`);
  return parameters;
}

/** Reads parameters up to the end, or to what must be the next scheme. The first of one name counts. */
function readParameters(text: Scanner, parameters: Map<string, string>): void {
  while (text.skipCommas()) {
    const parameter = text.parameter();
    if (parameter === null) return;
    const [name, value] = parameter;
    if (!parameters.has(name)) parameters.set(name, value);
    if (!text.isAtSeparator) {
      throw new ChallengeError(`what follows its parameter "${name}" is no comma`);
    }
  }
}

const BLANKS = /[ \t]+/y;
const COMMAS = /[ \t,]*/y;
const TOKEN = /[!#$%&'*+.^_`|~\w-]+/y;
const TOKEN68 = /[\w.~+/-]+=*[ \t]*(?=,|$)/y;
const ASSIGNMENT = /([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*/y;
const QUOTED = /"([^"\\]*(?:\\[^][^"\\]*)*)"/y;
const SEPARATOR = /[ \t]*(?:,|$)/y;

/** A place in a line, moved on by what is recognised there. */
class Scanner {
  readonly #line: string;
  at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#line.length;
  }

  get isAtSeparator(): boolean {
    SEPARATOR.lastIndex = this.at;
    return SEPARATOR.test(this.#line);
  }

  /** Whether anything comes after blanks and commas: empty elements are allowed (RFC 9110 §5.6.1.2). */
  skipCommas(): boolean {
    this.#take(COMMAS);
    return !this.isAtEnd;
  }

  skipBlanks(): boolean {
    return this.#take(BLANKS) !== null;
  }

  skipToken68(): boolean {
    return this.#take(TOKEN68) !== null;
  }

  token(): string {
    return this.#take(TOKEN)?.[0] ?? "";
  }

  /** A parameter, or `null` (and no step further) where none begins. */
  parameter(): [name: string, value: string] | null {
    const name = this.#take(ASSIGNMENT)?.[1]?.toLowerCase();
    if (name === undefined) return null;
    const quoted = this.#take(QUOTED)?.[1];
    if (quoted !== undefined) return [name, quoted.replace(/\\([^])/g, "$1")];
    if (this.#line[this.at] === '"') {
      throw new ChallengeError(`its parameter "${name}" has no closing quote`);
    }
    const value = this.token();
    if (value === "") throw new ChallengeError(`its parameter "${name}" has no value`);
    return [name, value];
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#line);
    if (match !== null) this.at = pattern.lastIndex;
    return match;
  }
}
