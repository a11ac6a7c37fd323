/**
 * The options of requests and clients: their types, and the one place where they are checked and made into what the rest
 * of the client works with. Behind this door nothing is optional, misspelt or of the wrong kind.
 */
import { Auth } from "../auth/auth.ts";
import { BasicAuth } from "../auth/basic.ts";
import { type AuthFunction, FunctionAuth } from "../auth/function.ts";
import type { ByteContent } from "../message/content/byte_source.ts";
import { isKnownCharset } from "../message/content/charset.ts";
import type { FormInit } from "../message/content/form.ts";
import type { FilesInit } from "../message/content/multipart.ts";
import type { CookiesInit } from "../message/cookies/jar.ts";
import type { HeadersInit } from "../message/headers.ts";
import type { QueryParamsInit } from "../message/query_params.ts";
import type { Request } from "../message/request.ts";
import type { DefaultEncoding, Response } from "../message/response.ts";
import type { TimeoutLike } from "../message/timeout.ts";
import { maskURL } from "../observe/mask.ts";
import type { Transport } from "../transports/transport.ts";

/** Credentials: user name and password, an `Auth`, or a function that signs requests. */
export type AuthLike = readonly [username: string, password: string] | Auth | AuthFunction;

/** What every request can be given. What is left out, or `undefined`, is as the client has it. */
export interface RequestOptions {
  /** Merged over the client's into the URL's query; a given key replaces that key. */
  readonly params?: QueryParamsInit | null | undefined;
  /** Merged over the client's; a given name replaces all lines of that name. */
  readonly headers?: HeadersInit | null | undefined;
  /** Sent beside those of the client's jar, with this call alone. */
  readonly cookies?: CookiesInit | null | undefined;
  /** `null` turns the client's off. */
  readonly auth?: AuthLike | null | undefined;
  /** Milliseconds for each phase, a `Timeout`, or `null` for none. */
  readonly timeout?: TimeoutLike | undefined;
  /** Whether redirects are followed. */
  readonly followRedirects?: boolean | undefined;
  /** Notes for the transport: `timeout`, `trace`, `sni_hostname`, `target`. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  /** Aborting it rejects the call with its reason, and frees the connection. */
  readonly signal?: AbortSignal | null | undefined;
}

/** No body: `get`, `head`, `options` and `delete` send none. For a DELETE with a body there is `request()`. */
export interface NoBody {
  readonly content?: undefined;
  readonly data?: undefined;
  readonly files?: undefined;
  readonly json?: undefined;
}

/** Bytes as they are; text is sent as UTF-8. */
export interface ContentBody {
  /** Text, bytes, a `Blob`, a `ReadableStream`, or an iterable of bytes, sync or async. */
  readonly content?: ByteContent | null | undefined;
  readonly data?: undefined;
  readonly files?: undefined;
  readonly json?: undefined;
}

/** A form: URL-encoded, or multipart where there are files or it is a `FormData`. */
export interface FormBody {
  readonly content?: undefined;
  /** Fields by name (a list repeats the name), `URLSearchParams`, or `FormData`. */
  readonly data?: FormInit | null | undefined;
  /** Files by field name, or as `[field, file]` pairs; read while they are sent. */
  readonly files?: FilesInit | null | undefined;
  readonly json?: undefined;
}

/** A value as JSON. */
export interface JSONBody {
  readonly content?: undefined;
  readonly data?: undefined;
  readonly files?: undefined;
  /** Whatever `JSON.stringify` can write; `undefined` is no body. */
  readonly json?: unknown;
}

/** One body at most: `content`, `data` with `files`, or `json`. */
export type BodyOptions = ContentBody | FormBody | JSONBody;

/** Options of requests with no body. */
export type BodylessOptions = RequestOptions & NoBody;

/** Options of requests with a body. */
export type BodiedOptions = RequestOptions & BodyOptions;

/** Sees each request on its way out, after authentication, and may change it. */
export type RequestHook = (request: Request) => void | Promise<void>;

/** Sees each response before its body is read. Throwing closes it. */
export type ResponseHook = (response: Response) => void | Promise<void>;

/** Functions called for each request and response, those of redirects and logins included. */
export interface EventHooks {
  readonly request?: readonly RequestHook[] | undefined;
  readonly response?: readonly ResponseHook[] | undefined;
}

/** A client's hooks: lists that may be changed at any time. */
export interface HookLists {
  request: RequestHook[];
  response: ResponseHook[];
}

/** What every client can be given. */
export interface BaseClientOptions {
  /** For requests that bring no credentials of their own. Default: none. */
  readonly auth?: AuthLike | null | undefined;
  /** Merged into the query of every URL. */
  readonly params?: QueryParamsInit | null | undefined;
  /** Sent with every request, over the defaults. */
  readonly headers?: HeadersInit | null | undefined;
  /** What the jar holds at first; `false` takes no cookie in from any response. */
  readonly cookies?: CookiesInit | false | null | undefined;
  /** Milliseconds for each phase, a `Timeout`, or `null` for none. Default: 5000. */
  readonly timeout?: TimeoutLike | undefined;
  /** Whether redirects are followed. Default: `false`. */
  readonly followRedirects?: boolean | undefined;
  /** How many redirects a call may follow. Default: 20. */
  readonly maxRedirects?: number | undefined;
  /** Called for each request and response. */
  readonly eventHooks?: EventHooks | undefined;
  /** What relative URLs are appended to. It has no query: that is what `params` are for. */
  readonly baseURL?: string | URL | undefined;
  /** Transports for some URLs, by pattern; `null` is the client's own. */
  readonly mounts?: Readonly<Record<string, Transport | null>> | undefined;
  /** The charset of text that does not say its own. Default: `"utf-8"`. */
  readonly defaultEncoding?: DefaultEncoding | undefined;
  /** How large a decoded body may be, in bytes. Default: no limit. */
  readonly maxResponseBytes?: number | null | undefined;
}

/** Names of options, complete by type. */
type NamesOf<Options> = { readonly [Name in keyof Required<Options>]: true };

const REQUEST_NAMES: NamesOf<RequestOptions> = {
  params: true,
  headers: true,
  cookies: true,
  auth: true,
  timeout: true,
  followRedirects: true,
  extensions: true,
  signal: true,
};

const BODY_NAMES: NamesOf<NoBody> = { content: true, data: true, files: true, json: true };

const CLIENT_NAMES: NamesOf<BaseClientOptions> = {
  auth: true,
  params: true,
  headers: true,
  cookies: true,
  timeout: true,
  followRedirects: true,
  maxRedirects: true,
  eventHooks: true,
  baseURL: true,
  mounts: true,
  defaultEncoding: true,
  maxResponseBytes: true,
};

/** What `buildRequest()` and all requests know. */
export const REQUEST_OPTION_NAMES: ReadonlySet<string> = namesOf(REQUEST_NAMES, BODY_NAMES);

/** What a client over any transport knows. */
export const CLIENT_OPTION_NAMES: ReadonlySet<string> = namesOf(CLIENT_NAMES);

function namesOf(...records: readonly object[]): ReadonlySet<string> {
  return new Set(records.flatMap((record) => Object.keys(record)));
}

/**
 * Refuses a body where the method takes none.
 *
 * @throws {TypeError} naming the option, and the way out
 */
export function checkBodyless(method: string, options: object): void {
  for (const name in BODY_NAMES) {
    const value: unknown = Reflect.get(options, name);
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
  throw new TypeError(
    'Cannot use option "auth": give [user, password], an Auth, a function, or null',
  );
}

/** Credentials that stand in a URL, or `null`. */
export function authOfURL(url: URL): Auth | null {
  if (url.username === "" && url.password === "") return null;
  return new BasicAuth(percentDecoded(url.username), percentDecoded(url.password));
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not UTF-8: sent as it stands
  }
}

/**
 * Hooks, checked and copied.
 *
 * @throws {TypeError} for other names than `request` and `response`, and for what is no list of functions
 */
export function checkHooks(hooks: EventHooks): HookLists {
  for (const [name, list] of Object.entries(hooks)) {
    if (name !== "request" && name !== "response") {
      throw new TypeError(
        `Cannot use option "eventHooks": "${name}" is no event; there are request and response`,
      );
    }
    const isList = Array.isArray(list) && list.every((hook) => typeof hook === "function");
    if (list !== undefined && !isList) {
      throw new TypeError(`Cannot use option "eventHooks": ${name} is no list of functions`);
    }
  }
  return { request: [...hooks.request ?? []], response: [...hooks.response ?? []] };
}

/**
 * A base URL that ends in a slash.
 *
 * @throws {TypeError} where it is no absolute URL, or has a query or fragment
 */
export function checkBaseURL(base: string | URL): string {
  const text = String(base);
  if (text === "") return "";
  if (!URL.canParse(text)) {
    throw new TypeError(
      `Cannot use option "baseURL": "${maskURL(text)}" is no absolute URL; begin with https://`,
    );
  }
  const url = new URL(text);
  if (url.search !== "" || url.hash !== "") {
    throw new TypeError(
      'Cannot use option "baseURL": it has a query or a fragment; give the query as params',
    );
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

/** The URL behind a base: appended, never joined as in RFC 3986, so that the base's path stays. */
export function joinURL(base: string, url: string): string {
  if (base === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return url;
  return base + url.replace(/^\/+/, "");
}

/**
 * A number option.
 *
 * @throws {TypeError} for anything but a whole number that is not negative
 */
export function checkCount(name: string, value: unknown): number {
  if (typeof value === "number" && (Number.isInteger(value) || value === Infinity) && value >= 0) {
    return value;
  }
  throw new TypeError(`Cannot use option "${name}": give a whole number, 0 or more`);
}

/**
 * A charset for text that does not say its own.
 *
 * @throws {TypeError} for anything but the name of a known charset, and a function
 */
export function checkEncoding(encoding: DefaultEncoding): DefaultEncoding {
  if (typeof encoding === "function") return encoding;
  if (typeof encoding === "string" && isKnownCharset(encoding)) return encoding;
  throw new TypeError(
    'Cannot use option "defaultEncoding": give the name of a charset that TextDecoder knows, or a function',
  );
}

/**
 * A yes-or-no option.
 *
 * @throws {TypeError} for anything but `true` and `false`
 */
export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`Cannot use option "${name}": give true or false`);
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
  throw new TypeError('Cannot use option "signal": give an AbortSignal, not its controller');
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
