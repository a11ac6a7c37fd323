/**
 * What may be shown of a header or a URL in a log line, an error message or an inspected object.
 *
 * Nothing is parsed here, since errors quote texts that are not URLs too: what may hold credentials is cut, and the rest is
 * shown. Of fields and parameters the names decide (`secret_names.ts`), never the looks of a value.
 */
import { isSecretName } from "./secret_names.ts";

/** What is printed in place of a secret. */
export const MASK = "[secure]";

/** Fields whose values are URLs, or have URLs in them. */
const URL_FIELD = /^(?:content-)?location$|^(?:link|origin|referer|refresh)$/i;

/** The value of a field as it may be printed. */
export function maskFieldValue(name: string, value: string): string {
  if (isSecretName(name)) return MASK;
  return URL_FIELD.test(name) || ABSOLUTE.test(value) ? maskURL(value) : value;
}

const ABSOLUTE = /^\s*[a-z][a-z0-9+.-]*:[/\\]{2}/i;

/**
 * A URL as it may be printed: no password, no token in the place of a user name, no secret parameter. Takes any string.
 */
export function maskURL(url: string | URL): string {
  const text = typeof url === "string" ? url : url.href;
  if (!text.includes("@") && !text.includes("=") && !/%40/.test(text)) return text;
  const [start = "", authority = ""] = AUTHORITY.exec(text) ?? [];
  // What stands before the "/", "?" or "#" of an unencoded password is not a port.
  const isCutShort = /:(?!\d*$)/.test(authority.slice(authority.lastIndexOf("]") + 1)) &&
    !authority.includes("@");
  const end = isCutShort ? text.lastIndexOf("@") : start.lastIndexOf("@");
  return end < 0 ? maskRest(text) : maskUserinfo(text, end);
}

/** A URL that is to have nothing but a host: all before its last "@" is user name and password. */
export function maskHostURL(text: string): string {
  const end = text.lastIndexOf("@");
  return end < 0 ? maskRest(text) : maskUserinfo(text, end);
}

/** A text in which a secret may be quoted. A short one is looked for as a word: it may be a part of others by chance. */
export function maskSecret(text: string, secret: string): string {
  if (secret === "") return text;
  if (secret.length >= MIN_SECRET_CHARS) return text.replaceAll(secret, MASK);
  const literal = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const word = new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, "gu");
  return text.replace(word, MASK);
}

const MIN_SECRET_CHARS = 8;

/**
 * What stands before a user name: blanks, and a scheme with its slashes. The web's schemes work with any number of slashes,
 * the colon may have been forgotten, and so may the scheme.
 */
const BEFORE_USERINFO =
  /^[\0-\x20"'<]*(?:(?:https?|wss?|ftp|socks[45][ah]?):[/\\]*|[a-z][a-z0-9+.-]*(?::[/\\]+|[/\\]{2,})|[/\\]{2,})?/i;

/** The same, and all up to the path. A path alone has none. */
const AUTHORITY = /* @__PURE__ */ new RegExp(
  `${/* @__PURE__ */ BEFORE_USERINFO.source}([^/\\\\?#]*)`,
  "i",
);

/** `end` is where the "@" stands. */
function maskUserinfo(text: string, end: number): string {
  const [before = ""] = BEFORE_USERINFO.exec(text) ?? [];
  const userinfo = text.slice(before.length, end);
  const colon = userinfo.indexOf(":");
  const hasPassword = colon > 0 && colon < userinfo.length - 1;
  // A user name alone, or with an empty password, is how tokens are given to some hosts.
  const shown = hasPassword ? `${userinfo.slice(0, colon)}:${MASK}` : MASK;
  return `${before}${shown}@${maskRest(text.slice(end + 1))}`;
}

/** Host, path, query and fragment (OAuth's implicit flow puts tokens in the latter); they may have other URLs in them. */
function maskRest(text: string): string {
  const shown = text.replace(NESTED, (_, before: string, end: string) => `${before}${MASK}${end}`);
  return shown.includes("=") ? maskParameters(shown) : shown;
}

/** User name and password of a URL inside another, as it is or encoded. */
const NESTED = /((?::|%3a)(?:[/\\]|%2f|%5c){2})(?:(?!%2f|%5c|%3f|%23|%40)[^/\\?#&;@\s])+(@|%40)/gi;

const PARAMETER = /([?&;#/<"'\s]|^)([^=&;#?/<"'\s]+)=/g;
/** To the next parameter: ";" and "?" are parts of a value unless a name follows. */
const VALUE = /(?:[^&#;?]|[;?](?![^=&;#?]+=))*/y;

function maskParameters(text: string): string {
  let shown = "";
  let at = 0;
  for (const { 0: whole, 2: name = "", index } of text.matchAll(PARAMETER)) {
    const start = index + whole.length;
    if (index < at || !isSecretName(name)) continue;
    VALUE.lastIndex = start;
    VALUE.exec(text);
    shown += text.slice(at, start) + MASK;
    at = VALUE.lastIndex;
  }
  return shown + text.slice(at);
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
