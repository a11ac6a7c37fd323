/**
 * Checks options and makes of them what the rest of the client works with. Behind this door nothing is of the wrong
 * kind.
 */
import { Auth } from "../../auth/auth.ts";
import { BasicAuth } from "../../auth/basic.ts";
import { FunctionAuth } from "../../auth/function.ts";
import { badOption } from "../../options/bad_option.ts";
import { isKnownCharset } from "../../message/content/charset.ts";
import { readURL } from "../../message/parsed_url.ts";
import type { DefaultEncoding } from "../../message/response/response.ts";
import { MAX_DECODED_RATIO } from "../../message/response/response_body.ts";
import { maskURL } from "../../observe/mask.ts";
import { userinfoOf } from "../../semantics/basic_credentials.ts";
import { type AuthLike, BODY_OPTION_NAMES, type EventHooks, type HookLists } from "./options.ts";

/**
 * Refuses a body if the method takes none.
 *
 * @throws {TypeError} naming the option, and the way out
 */
export function checkBodyless(
  method: string,
  options: { readonly [name: string]: unknown },
): void {
  for (const name of BODY_OPTION_NAMES) {
    const value = options[name];
    if (value === undefined || value === null && name !== "json") continue;
    throw new TypeError(
      `Cannot send ${name} with ${method.toLowerCase()}(): it takes no body; ` +
        `use request("${method}", url, { ${name} })`,
    );
  }
}

/**
 * Credentials as an `Auth`.
 *
 * @throws {TypeError} for anything else
 */
export function asAuth(auth: AuthLike | null): Auth | null {
  if (auth === null || auth instanceof Auth) return auth;
  if (typeof auth === "function") return new FunctionAuth(auth);
  const [username, password]: readonly unknown[] = Array.isArray(auth) ? auth : [];
  if (Array.isArray(auth) && auth.length === 2 && isText(username) && isText(password)) {
    return new BasicAuth(username, password);
  }
  throw badOption("auth", "give [user, password], an Auth, a function, or null");
}

/** Credentials that stand in a URL, or `null`. */
export function authOfURL(url: URL): Auth | null {
  const userinfo = userinfoOf(url);
  return userinfo === null ? null : new BasicAuth(...userinfo);
}

/**
 * Hooks, checked and copied.
 *
 * @throws {TypeError} for other names than `request` and `response`, and for values other than lists of functions
 */
export function checkHooks(hooks: EventHooks): HookLists {
  // A function has no entries, and would be passed over in silence.
  for (const [name, list] of Object.entries(typeof hooks === "object" ? hooks : { hooks })) {
    if (name !== "request" && name !== "response") {
      throw badOption("eventHooks", `unknown event "${name}"; use request or response`);
    }
    const isList = Array.isArray(list) && list.every((hook) => typeof hook === "function");
    if (list !== undefined && !isList) {
      throw badOption("eventHooks", `${name} is not a list of functions`);
    }
  }
  return { request: [...hooks.request ?? []], response: [...hooks.response ?? []] };
}

/**
 * A base URL that ends in a slash.
 *
 * @throws {TypeError} for what is not an absolute URL, and for one with a query or fragment
 * @throws {InvalidURL} for one with a control character, or too long
 */
export function checkBaseURL(base: string | URL): string {
  const text = String(base);
  if (text === "") return "";
  if (!URL.canParse(text)) {
    throw badOption("baseURL", `"${maskURL(text)}" is not an absolute URL; begin with https://`);
  }
  const url = readURL(text);
  if (url.search !== "" || url.hash !== "") {
    throw badOption("baseURL", "it has a query or a fragment; give the query as params");
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

/** The URL behind a base: appended, never joined as in RFC 3986, so that the base's path stays. */
export function joinURL(base: string, url: string): string {
  if (base === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return url;
  return base + url.replace(/^\/+/, "");
}

/**
 * How many times larger than received content may be; `Infinity` for `null`.
 *
 * @throws {TypeError} for anything but a number of 1 or more
 */
export function checkRatio(ratio: unknown): number {
  if (ratio === undefined) return MAX_DECODED_RATIO;
  if (ratio === null) return Infinity;
  if (typeof ratio === "number" && ratio >= 1) return ratio;
  throw badOption("maxDecodedRatio", "give a number of 1 or more, or null for no limit");
}

/**
 * A charset for text that declares none.
 *
 * @throws {TypeError} for anything but the name of a known charset, and a function
 */
export function checkEncoding(encoding: DefaultEncoding): DefaultEncoding {
  if (typeof encoding === "function") return encoding;
  if (typeof encoding === "string" && isKnownCharset(encoding)) return encoding;
  throw badOption(
    "defaultEncoding",
    "give a charset that TextDecoder knows, or a function",
  );
}

/**
 * A yes-or-no option.
 *
 * @throws {TypeError} for anything but `true` and `false`
 */
export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw badOption(name, "give true or false");
}

/**
 * A signal to abort by.
 *
 * @throws {TypeError} for anything but an `AbortSignal` and `null`
 */
export function checkSignal(signal: AbortSignal | null | undefined): AbortSignal | null {
  if (signal === null || signal === undefined || signal instanceof AbortSignal) {
    return signal ?? null;
  }
  throw badOption("signal", "give an AbortSignal, not its controller");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
