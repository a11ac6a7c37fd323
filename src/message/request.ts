/**
 * One request as a caller holds it: everything that is sent, and nothing that isn't. What is built here
 * is what goes out; transports add no field.
 */
import { inspectAs } from "../observe/inspect.ts";
import { aKindOf } from "../semantics/kind.ts";
import type { Call } from "../clock/call.ts";
import type { CallDeadline } from "../clock/call_deadline.ts";
import { LocalProtocolError, RequestNotRead } from "../errors.ts";
import { maskURL } from "../observe/mask.ts";
import type { TraceCallback } from "../observe/trace.ts";
import { befriend } from "../semantics/befriend.ts";
import type { BodySource } from "../semantics/body.ts";
import { isToken } from "../semantics/fields.ts";
import { hasBodyByDefault } from "../semantics/methods.ts";
import type { Target } from "../semantics/target.ts";
import { badOption } from "../options/bad_option.ts";
import { BytesSource } from "./content/source/byte_source.ts";
import { type ContentInit, encodeContent } from "./content/encode.ts";
import { syncBytes } from "./content/source/sync_source.ts";
import { joinBytes } from "./content/join_bytes.ts";
import { cookieHeader } from "./cookies/cookie_pairs.ts";
import { completeHeaders } from "./complete_headers.ts";
import type { CookiesInit } from "./cookies/jar.ts";
import { UnsendableHeader } from "./header_text.ts";
import { curlCommand, type CurlOptions } from "./curl_command.ts";
import { Headers, type HeadersInit } from "./headers.ts";
import { describeURL, type ParsedURL, parseURL } from "./parsed_url.ts";
import { mergeIntoURL, QueryParams, type QueryParamsInit } from "./query_params.ts";
import type { TimeoutLike } from "./timeout.ts";
import { webHeaders } from "./web/web_headers.ts";
import { streamOf } from "./web/web_stream.ts";

/**
 * How a request may be answered: the cache modes of the Fetch standard (§2.2.5), given as `extensions.cache` or as
 * option `cache` of `client.fetch()`.
 *
 * @example A reload
 * ```ts
 * import { cache, type CacheMode } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(200, { headers: { "Cache-Control": "max-age=60" } }));
 * await using client = new Client({ transport, middleware: [cache()] });
 * const statuses: (string | undefined)[] = [];
 * for (const mode of ["default", "default", "reload"] satisfies CacheMode[]) {
 *   const response = await client.get("https://example.org/", { extensions: { cache: mode } });
 *   statuses.push(response.extensions.cache?.status);
 * }
 * assertEquals(statuses, ["miss", "hit", "miss"]);
 * ```
 */
export type CacheMode =
  | "default"
  | "no-store"
  | "reload"
  | "no-cache"
  | "force-cache"
  | "only-if-cached";

/** What travels with a request but is not sent. Other names are for transports of one's own. */
export interface RequestExtensions {
  /** Limits of this request, as the option `timeout`, but for a record: what that leaves out has no limit here. */
  timeout?: TimeoutLike | undefined;
  /** Called for each step on the network. */
  trace?: TraceCallback | null | undefined;
  /** A request target that no URL can express: `*`, or the authority of a `CONNECT`. */
  target?: string | Uint8Array | undefined;
  /** The server name that TLS sends and expects, if it is not the host of the URL. */
  sni_hostname?: string | undefined;
  /** Whether an HTTP proxy makes a tunnel (CONNECT) for `http:` too, as WebSockets need it (RFC 6455 §4.1). */
  tunnel?: boolean | undefined;
  /** The call that the request belongs to, set by its client. */
  call?: Call | undefined;
  /** Called for each 1xx response but 101. */
  on_informational?: ((status: number, headers: Headers) => void) | undefined;
  /** How a cache may answer it (`@httpx/httpx/cache`). */
  cache?: CacheMode | undefined;
  /** Anything else. */
  [name: string]: unknown;
}

/** What a request can be made of, beside its method and URL. */
export interface RequestInit extends ContentInit {
  /** Merged into the URL's own query; a given key replaces that key. */
  readonly params?: QueryParamsInit | null | undefined;
  /** Sent after `Host`, in their order and case. */
  readonly headers?: HeadersInit | null | undefined;
  /** Sent in a `Cookie` header. */
  readonly cookies?: CookiesInit | null | undefined;
  /** A body as it is: no header is added for it. */
  readonly stream?: BodySource | null | undefined;
  /** What travels along but is not sent. */
  readonly extensions?: RequestExtensions | undefined;
  /** Aborting ends the call and rejects with the signal's reason. */
  readonly signal?: AbortSignal | null | undefined;
}

const NOTHING = new Uint8Array(0);

// For the files of this library (see befriend.ts).
/** The body as transports take it: its size, and whether it can be sent again. */
export let bodySourceOf: (request: Request) => BodySource | null;
/** Gives a request another body, without a change of its headers. */
export let setBodySource: (request: Request, source: BodySource | null) => void;
let parsedOf: (request: Request) => ParsedURL;

/** Origin, authority and request target of a request's URL. */
export function addressOf(request: Request): Target {
  return parsedOf(request).target;
}

/**
 * The same request for one call, which changes its own headers and extensions.
 *
 * @param copySignal another signal. Default: the same
 */
export function copyRequest(
  source: Request,
  extensions: RequestExtensions,
  copySignal?: AbortSignal | null,
): Request {
  const parsed = parsedOf(source);
  const init = new CopyInit({ source, parsed, extensions, copySignal });
  return new Request(source.method, parsed.href, init);
}

/**
 * Reads the body of a request into memory, so that it can be looked at and sent again.
 *
 * @throws {TypeError} for a body that has to be waited for
 */
export function readSync(request: Request): void {
  const source = bodySourceOf(request);
  if (source === null || source.bytes !== null) return;
  setBodySource(request, new BytesSource(syncBytes(source)));
}

/**
 * One request.
 *
 * @example What is built is what is sent
 * ```ts
 * import { Request } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new Request("POST", "https://example.org/items?a=1", {
 *   params: { b: 2 },
 *   json: { name: "Ada" },
 * });
 * assertEquals(request.url, "https://example.org/items?a=1&b=2");
 * assertEquals(request.headers.lines, [
 *   ...["Host", "example.org"],
 *   ...["Content-Length", "14"],
 *   ...["Content-Type", "application/json"],
 * ]);
 * ```
 */
export class Request {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    bodySourceOf = (request) => request.#bodySource;
    setBodySource = (request, source) => void (request.#bodySource = source);
    parsedOf = (request) => request.#parsed;
  });
  /** In upper case. */
  readonly method: string;
  /** Every field that is sent, `Host` first. */
  readonly headers: Headers;
  /** What travels along but is not sent. */
  extensions: RequestExtensions;
  /** Aborting it ends the call. */
  readonly signal: AbortSignal | null;
  #bodySource: BodySource | null;
  readonly #parsed: ParsedURL;

  /**
   * Makes a request whose headers say what its body is.
   *
   * @throws {InvalidURL} for what is not an absolute URL; `UnsupportedProtocol` if its scheme is missing
   * @throws {LocalProtocolError} for a method or header with characters that can't be sent
   * @throws {TypeError} for a header or body of the wrong kind; the message says which and why
   */
  constructor(method: string, url: string | URL, init: RequestInit = {}) {
    if (init instanceof CopyInit) {
      this.method = method;
      this.headers = init.source.headers.copy();
      this.extensions = init.extensions;
      this.signal = init.copySignal === undefined ? init.source.signal : init.copySignal;
      this.#bodySource = init.source.#bodySource;
      this.#parsed = init.parsed;
      return;
    }
    if ("body" in init) {
      throw badOption("body", "give content, data, files or json");
    }
    this.method = checkMethod(method);
    this.#parsed = locate(url, init.params);
    this.signal = init.signal ?? null;
    this.extensions = init.extensions ?? {};
    const given = headersOf(init, this.#parsed);
    if (init.stream != null) {
      refuseBeside(init);
      this.#bodySource = init.stream;
      this.headers = completeHeaders(given, {
        target: this.#parsed.target,
        fields: [],
        isEmpty: false,
      });
    } else {
      const { source, fields } = encodeContent(init, given);
      this.#bodySource = source;
      const isEmpty = source === null && hasBodyByDefault(this.method);
      this.headers = completeHeaders(given, { target: this.#parsed.target, fields, isEmpty });
    }
  }

  /** The whole URL, normalised. */
  get url(): string {
    return this.#parsed.href;
  }

  /** The URL, parsed; a new object each time. */
  get parsedURL(): URL {
    return new URL(this.#parsed.href);
  }

  /**
   * The body's bytes.
   *
   * @throws {RequestNotRead} where the body is a stream; call `read()` first
   */
  get content(): Uint8Array<ArrayBuffer> {
    if (this.#bodySource === null) return NOTHING;
    const { bytes } = this.#bodySource;
    if (bytes === null) {
      throw new RequestNotRead("Cannot use content: the body is a stream; call read() first");
    }
    // What was given in shared memory was copied; the web's types want to know.
    return bytes as Uint8Array<ArrayBuffer>;
  }

  /** Reads a streamed body into memory, so that `content` has it and it can be sent again. Ends with the call. */
  async read(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#bodySource !== null && this.#bodySource.bytes === null) {
      this.#bodySource = new BytesSource(
        await collect(this.stream, this.extensions.call?.deadline),
      );
    }
    return this.content;
  }

  /** The body's bytes, chunk by chunk. What can be read once only is used up by it. */
  get stream(): AsyncIterable<Uint8Array> {
    const source = this.#bodySource;
    return {
      [Symbol.asyncIterator]: () => (source ?? new BytesSource(NOTHING)).open(),
    };
  }

  /** The body as text, UTF-8. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.read());
  }

  /** The body as JSON. */
  async json<T = unknown>(): Promise<T> {
    return JSON.parse(await this.text());
  }

  /**
   * The same request for the web: what `fetch` and request handlers take.
   *
   * @throws {TypeError} for what the web refuses: a body with GET or HEAD; CONNECT, TRACE
   */
  toWeb(): globalThis.Request {
    const reason = whyNotWeb(this);
    if (reason !== null) throw new TypeError(`Cannot make a web Request: ${reason}`);
    return new globalThis.Request(webURL(this), {
      method: this.method,
      headers: webHeaders(this.headers.lines),
      signal: this.signal,
      ...webBody(this.#bodySource),
    });
  }

  /**
   * A command of curl's that sends the same bytes, for a POSIX shell. Credentials are hidden unless `showSecrets` asks for
   * them; what its client adds when it sends the request (cookies of redirects, an auth flow) is not in it.
   *
   * @throws {RequestNotRead} if the body is a stream; call `read()` first
   *
   * @example For a bug report
   * ```ts
   * import { Request } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const request = new Request("POST", "https://example.org/?key=a", { json: { name: "Ada", token: "s3cret" } });
   * assertEquals(
   *   request.toCurl(),
   *   `curl --globoff --path-as-is --http1.1 -X POST -H 'Host: example.org' ` +
   *     `-H 'Content-Type: application/json' -H User-Agent: -H Accept: -H Expect: ` +
   *     `--data-raw '{"name":"Ada","token":"[secure]"}' 'https://example.org/?key=a'`,
   * );
   * ```
   */
  toCurl(options: CurlOptions = {}): string {
    const { extensions: { target }, method, url, headers: { lines }, content } = this;
    const named = typeof target === "string" ? target : null;
    return curlCommand({ method, url, lines, content, target: named }, options);
  }

  /** For people: `<Request("GET", "https://example.org/")>`, without credentials. */
  toString(): string {
    return `<Request("${this.method}", "${maskURL(this.url)}")>`;
  }

  /** The same: logs of JSON do not contain bodies. */
  toJSON(): string {
    return this.toString();
  }
}

/** What a copy is made of; nothing is parsed or checked again. */
class CopyInit implements RequestInit {
  readonly source: Request;
  readonly parsed: ParsedURL;
  readonly extensions: RequestExtensions;
  readonly copySignal: AbortSignal | null | undefined;

  constructor({ source, parsed, extensions, copySignal }: CopyInit) {
    this.source = source;
    this.parsed = parsed;
    this.extensions = extensions;
    this.copySignal = copySignal;
  }
}

/**
 * What the web's `fetch` and `Request` refuse of a request (Fetch §5.4); some runtimes let it pass, and then
 * send something else, as Bun sends GET for a method that it does not know.
 */
export function whyNotWeb(request: Request): string | null {
  const { method } = request;
  if (
    /^(?:CONNECT|TRACE|TRACK)$/.test(method) ||
    new globalThis.Request("http://a", { method }).method !== method
  ) return `fetch can't send method ${method} here`;
  const hasBody = bodySourceOf(request) !== null && /^(?:GET|HEAD)$/.test(method);
  return hasBody ? `fetch can't send a body with ${method}` : null;
}

/** The web refuses a URL with credentials in it; the client has made a header of them. */
export function webURL(request: Request): URL {
  const url = request.parsedURL;
  url.username = url.password = "";
  return url;
}

/** The same request as one of ours; its body is streamed through. */
export function fromWebRequest(request: globalThis.Request): Request {
  return new Request(request.method, request.url, {
    headers: request.headers,
    content: request.body,
    signal: request.signal,
  });
}

function checkMethod(method: string): string {
  if (typeof method !== "string") {
    throw new TypeError(`Cannot make a request: the method is ${aKindOf(method)}; give a string`);
  }
  if (!isToken(method)) {
    throw new LocalProtocolError(`Cannot make a request: ${JSON.stringify(method)} is no method`);
  }
  return method.toUpperCase();
}

function locate(url: string | URL, params: QueryParamsInit | null | undefined): ParsedURL {
  if (typeof url !== "string" && !(url instanceof URL)) {
    throw new TypeError(
      `Cannot make a request: the URL is of type ${typeof url}; give a string or a URL`,
    );
  }
  const parsed = typeof url === "string" ? parseURL(url) : describeURL(url);
  if (params === undefined || params === null) return parsed;
  const query = params instanceof QueryParams ? params : new QueryParams(params);
  return query.size === 0 ? parsed : describeURL(mergeIntoURL(new URL(parsed.href), query));
}

/**
 * Headers for a request.
 *
 * @throws {LocalProtocolError} for a name or value with characters that can't be sent
 */
export function headersToSend(init: HeadersInit | null | undefined): Headers {
  try {
    return new Headers(init);
  } catch (cause) {
    if (!(cause instanceof UnsendableHeader)) throw cause;
    throw new LocalProtocolError(`Cannot send header ${cause.fact}`, { cause });
  }
}

function headersOf(init: RequestInit, parsed: ParsedURL): Headers {
  const headers = init.headers instanceof Headers
    ? init.headers.copy()
    : headersToSend(init.headers);
  if (init.cookies == null) return headers;
  if (headers.has("cookie")) {
    throw new TypeError("Cannot send cookies and a Cookie header at once: give one of them");
  }
  const cookie = cookieHeader(init.cookies, new URL(parsed.href));
  if (cookie !== null) headers.set("Cookie", cookie);
  return headers;
}

function refuseBeside(init: RequestInit): void {
  for (const name of ["content", "data", "files", "json"] as const) {
    if (init[name] == null) continue;
    throw new TypeError(`Cannot send stream and ${name} at once: a request has one body`);
  }
}

async function collect(
  stream: AsyncIterable<Uint8Array>,
  deadline: CallDeadline | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const iterator = stream[Symbol.asyncIterator]();
  const read = () => iterator.next();
  try {
    for (;;) {
      const next = await (deadline === undefined ? read() : deadline.bound(read));
      if (next.done) return joinBytes(chunks);
      // Copies: a chunk is only lent until the next one is asked for, and a Buffer's slice() is none.
      chunks.push(new Uint8Array(next.value));
    }
  } catch (error) {
    iterator.return?.().catch(() => {}); // not awaited: it may still be at work on its next chunk
    throw error;
  }
}

/** A body as `fetch` takes it. */
export function webBody(source: BodySource | null): { body?: BodyInit; duplex?: "half" } {
  if (source === null) return {};
  // A body in memory is a plain one: fetch then sends its length instead of chunks.
  if (source.bytes !== null) return { body: source.bytes as Uint8Array<ArrayBuffer> };
  const body = streamOf(source.open(), (chunk) => new Uint8Array(chunk)); // a copy, as in collect()
  return { body, duplex: "half" };
}
