/**
 * Cookies as a caller gives them, names with values: validated, and written as a `Cookie` field. This needs no jar, so
 * that an entry without one can send cookies too.
 */
import { aKindOf } from "../../semantics/kind.ts";
import { utf8ByteString } from "../../semantics/latin1.ts";

/** The part of a jar that a request needs. */
interface Jar {
  headerFor(url: URL): string | null;
}

/** Names with values, for any URL. */
export type CookiePairs =
  | Readonly<Record<string, string>>
  | Iterable<readonly [name: string, value: string]>;

/** Whether cookies are given as a jar. */
export function isJar<Given extends Jar>(init: Given | CookiePairs): init is Given {
  return typeof Reflect.get(Object(init), "headerFor") === "function";
}

/**
 * The value of `Cookie` for a request, or `null` if none of these cookies goes with it.
 *
 * @throws {TypeError} for a name or value that no cookie can have
 */
export function cookieHeader(init: Jar | CookiePairs, url: URL): string | null {
  if (isJar(init)) return init.headerFor(url);
  const values = new Map<string, string>();
  for (const [name, value] of pairsOf(init)) {
    checkNamed(name);
    checkCookie(name, value);
    values.set(name, value); // as in a jar: the last of a name counts
  }
  return values.size === 0
    ? null
    : utf8ByteString(Array.from(values, (pair) => pair.join("=")).join("; "));
}

/**
 * The pairs of a record or an iterable.
 *
 * @throws {TypeError} for anything else
 */
export function pairsOf(init: CookiePairs): Iterable<readonly [name: string, value: string]> {
  if (typeof init !== "object") {
    throw new TypeError(`Cannot make cookies of ${aKindOf(init)}: give a record or pairs`);
  }
  return Symbol.iterator in init ? init : Object.entries(init);
}

/** Throws if a cookie has no name. Only servers may set one without. */
export function checkNamed(name: string): void {
  if (name === "") throw new TypeError("Cannot set a cookie without a name");
}

/**
 * Throws if a cookie can't be sent.
 *
 * @param otherFault what else is wrong with the cookie
 * @throws {TypeError} naming the cookie, never showing its value
 */
export function checkCookie(name: string, value: string, otherFault: string | null = null): void {
  const fault = typeof value !== "string"
    ? `value is ${typeof value}, not a string`
    : /[;=]/.test(name) || hasControl(name)
    ? 'name contains ";", "=" or a control character'
    : value.includes(";") || hasControl(value)
    ? 'value contains ";" or a control character; encode it first'
    : otherFault;
  if (fault !== null) throw new TypeError(`Cannot set cookie ${JSON.stringify(name)}: ${fault}`);
}

/** Whether a text contains what RFC 6265bis §5.6 forbids: control characters other than the tab. */
export function hasControl(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /[\x00-\x08\x0a-\x1f\x7f]/.test(text);
}
