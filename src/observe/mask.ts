/**
 * What may be shown of a header or a URL in a log line, an error message or an inspected object.
 *
 * Names decide, never the looks of a value: a field or parameter whose name says that it carries a
 * credential is shown as `[secure]`, whole. A secret under an unusual name is not recognised.
 */

/** What is printed in place of a secret. */
export const MASK = "[secure]";

/** Names that end in one of these words carry credentials (`proxy-authorization`, `x-auth-token`, `sig` …). */
const SECRET =
  /(?:^|[-_])(?:authorization|cookie2?|token|secret|passw(?:or)?d|sig(?:nature)?|credential)$|(?:api|access)[-_]?key(?:[-_]?id)?$/i;

/** Whether a header field, or a query parameter, of this name carries a credential. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}

/** The value of a field as it may be printed. */
export function maskFieldValue(name: string, value: string): string {
  return isSecretName(name) ? MASK : value;
}

/**
 * A URL as it may be printed: no password, no token in the place of a user name, no secret parameter.
 * Takes any string, also one that is no valid URL, because errors quote those too.
 */
export function maskURL(url: string | URL): string {
  const text = typeof url === "string" ? url : url.href;
  if (!text.includes("@") && !text.includes("=")) return text;
  // A password with "/", "?" or "#" in it, not encoded, is what makes many a URL none.
  if (/^[a-z][a-z0-9+.-]*:[/\\].*@/is.test(text) && !URL.canParse(text)) return maskHostURL(text);
  const end = text.search(/[?#]/);
  const beforeQuery = end < 0 ? text : text.slice(0, end);
  const afterPath = end < 0 ? "" : text.slice(end);
  return maskUserinfo(beforeQuery) + maskParameters(afterPath);
}

/**
 * Scheme and slashes (the web's schemes work with any number of them, others with two or more, and there may be none),
 * then all up to the last "@" before the path.
 */
const USERINFO = /^((?:https?|wss?|ftp):[/\\]*|[a-z][a-z0-9+.-]*:[/\\]{2,}|[/\\]{2,}|)([^/\\]*)@/i;

/** The same up to the last "@" of all. */
const LONG_USERINFO = /* @__PURE__ */ new RegExp(
  /* @__PURE__ */ USERINFO.source.replace("[^/\\\\]*", ".*"),
  "is",
);

/** A URL that is to have nothing but a host: all before its last "@" is user name and password. */
export function maskHostURL(text: string): string {
  const masked = maskUserinfo(text, LONG_USERINFO);
  const at = masked.lastIndexOf("@") + 1;
  return masked.slice(0, at) + maskParameters(masked.slice(at));
}

function maskUserinfo(text: string, pattern = USERINFO): string {
  const match = pattern.exec(text);
  if (match === null) return text;
  const [whole, scheme = "", userinfo = ""] = match;
  const colon = userinfo.indexOf(":");
  const hasPassword = colon > 0 && colon < userinfo.length - 1;
  // A user name alone, or with an empty password, is how tokens are given to some hosts.
  const shown = hasPassword ? `${userinfo.slice(0, colon)}:${MASK}` : MASK;
  return `${scheme}${shown}@${text.slice(whole.length)}`;
}

/** Query and fragment: OAuth's implicit flow puts tokens in the latter. */
function maskParameters(text: string): string {
  if (!text.includes("=")) return text;
  return text.replace(
    /([?#&;])([^=&;#?]+)=([^&;#]*)/g,
    (whole, separator: string, name: string) =>
      isSecretName(name) ? `${separator}${name}=${MASK}` : whole,
  );
}

/** Method and URL, as messages name a request. */
export function nameOfRequest(
  { method, url }: { readonly method: string; readonly url: string },
): string {
  return `${method} ${maskURL(url)}`;
}

/** A client as people read it: `<Client("https://api.example.org/v1/") closed>`. */
export function nameOfClient(
  kind: string,
  { baseURL, isClosed }: { readonly baseURL: string; readonly isClosed: boolean },
): string {
  const shown = baseURL === "" ? "" : `"${maskURL(baseURL)}"`;
  return `<${kind}(${shown})${isClosed ? " closed" : ""}>`;
}
