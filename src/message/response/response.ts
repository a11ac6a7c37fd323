/**
 * One response as a caller holds it: the web's `Response` and httpx's in one. What the web would make
 * for it (Headers, streams) is made when somebody asks.
 */
import { inspectAs } from "../../observe/inspect.ts";
import { HTTPStatusError, ResponseNotRead, StreamError } from "../../errors.ts";
import type { BodyStream } from "../../semantics/body.ts";
import { type Link, parseLinks } from "../../semantics/link.ts";
import { reasonPhrase } from "../../semantics/reason_phrases.ts";
import { forbidsBody, isFollowed, statusClass } from "../../semantics/status.ts";
import { type ChunkSource, ChunkStream, closing, inPieces, isWire } from "./body_streams.ts";
import { charsetOf, isKnownCharset, makeTextDecoder } from "../content/charset.ts";
import type { ServerSentEvent } from "../content/event_stream.ts";
import { Cookies } from "../cookies/jar.ts";
import { Headers, type HeadersInit } from "../headers.ts";
import type { Request } from "../request.ts";
import { streamOf } from "../web_stream.ts";
import type { ResponseExtensions } from "./extensions.ts";
import { parseJSON } from "./parse_json.ts";
import { statusMessage } from "./raise_for_status.ts";
import { type BodyLimits, ResponseBody } from "./response_body.ts";
import { checkKinds, contentOf, describeContent, ownHeaders } from "./response_content.ts";
import { accepted, checkSchema, type StandardSchema } from "./schema.ts";
import { EventReading, linesOf, textOf } from "./text_stream.ts";
import { toWebResponse } from "./web_response.ts";

/** The charset of text that names none: a label, or a function of the bytes; `"utf-8"` where that can't tell either. */
export type DefaultEncoding = string | ((bytes: Uint8Array) => string | null | undefined);

/** What a response can be made of, beside its status. */
export interface ResponseInit {
  /** What the head says. */
  readonly headers?: HeadersInit | null | undefined;
  /** Bytes, encoded as `Content-Encoding` says, or text as UTF-8; without a type. */
  readonly content?: string | ArrayBuffer | ArrayBufferView | null | undefined;
  /** Text, sent as UTF-8 with `text/plain`. */
  readonly text?: string | undefined;
  /** HTML, sent as UTF-8 with `text/html`. */
  readonly html?: string | undefined;
  /** A value, sent as JSON. */
  readonly json?: unknown;
  /** Content that comes in chunks, encoded as `Content-Encoding` says. */
  readonly stream?: BodyStream | ChunkSource | null | undefined;
  /** What it answers. */
  readonly request?: Request | undefined;
  /** What travels along but was not in the head. */
  readonly extensions?: ResponseExtensions | undefined;
  /** Responses that led to this one, oldest first. */
  readonly history?: readonly Response[] | undefined;
  /** Default: `"utf-8"`. */
  readonly defaultEncoding?: DefaultEncoding | undefined;
}

/**
 * One response.
 *
 * It can be used wherever a web `Response` can. A response that was not streamed is in memory whole, so that
 * `text()`, `json()` and the iterators work as often as one likes.
 *
 * @example Made by hand, in a test
 * ```ts
 * import { Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const response = new Response(200, { json: { name: "Ada" } });
 * assertEquals(response.headers.get("content-type"), "application/json");
 * assertEquals(await response.json<{ name: string }>(), { name: "Ada" });
 * ```
 */
export class Response {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  /** The status code, 100 to 999. */
  readonly status: number;
  /** What travels along but was not in the head: `http_version`, `network_stream` … */
  readonly extensions: ResponseExtensions;
  /** Responses that led to this one (redirects, auth), oldest first. */
  history: readonly Response[];
  /** The request that a redirect asks for, where it was not followed. */
  nextRequest: Request | null = null;
  /** The charset of text that names none. */
  defaultEncoding: DefaultEncoding;
  readonly #headerSource: HeadersInit | null;
  #headers: Headers | null = null;
  readonly #body: ResponseBody;
  #request: Request | null = null;
  #encoding: string | null = null;
  #text: string | null = null;
  #webBody: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;

  /**
   * Makes a response by hand.
   *
   * @throws {TypeError} for two kinds of content at once, or a header that can't be
   * @throws {RangeError} for a status out of range
   */
  constructor(status: number, init: ResponseInit = {}) {
    if (!(Number.isInteger(status) && status >= 100 && status <= 999)) {
      throw new RangeError(`Cannot make a response: ${status} is no status code`);
    }
    this.status = status;
    this.extensions = init.extensions ?? {};
    this.history = init.history ?? [];
    this.defaultEncoding = init.defaultEncoding ?? "utf-8";
    const { stream } = init;
    checkKinds(init);
    if (stream instanceof ResponseBody) {
      this.#headerSource = init.headers ?? null;
      this.#body = stream;
    } else if (stream !== undefined && stream !== null) {
      this.#headerSource = isWire(stream) ? init.headers ?? null : ownHeaders(init.headers);
      this.#body = this.#bodyOf(stream);
    } else {
      const given = contentOf(init);
      const { content } = given;
      this.#headerSource = describeContent(init.headers ?? null, given);
      // Only bytes can have been encoded by hand, as they came from a server.
      const isBytes = typeof init.content === "object" && content.length > 0;
      const isCoded = isBytes && this.headers.has("content-encoding");
      this.#body = isCoded ? this.#bodyOf([content]) : new ResponseBody({ content });
    }
    if (init.request !== undefined) this.request = init.request;
  }

  /** What the server sent in its head. */
  get headers(): Headers {
    if (this.#headers === null) {
      const source = this.#headerSource;
      this.#headers = source instanceof Headers ? source : new Headers(source);
    }
    return this.#headers;
  }

  /**
   * The request that this answers.
   *
   * @throws {Error} for a response made by hand without one
   */
  get request(): Request {
    if (this.#request === null) throw new Error("Cannot use request: none was given");
    return this.#request;
  }

  set request(request: Request) {
    this.#request = request;
    this.#body.request = request;
  }

  /** The URL of the request, or `""`. */
  get url(): string {
    return this.#request?.url ?? "";
  }

  /** The reason phrase the server sent, or the usual one. */
  get statusText(): string {
    const sent = this.extensions.reason_phrase;
    return typeof sent === "string" ? sent : reasonPhrase(this.status);
  }

  /** `"HTTP/1.1"`, `"HTTP/1.0"` or `"HTTP/2"`. */
  get httpVersion(): string {
    const version = this.extensions.http_version;
    return typeof version === "string" ? version : "HTTP/1.1";
  }

  /** 2xx */
  get ok(): boolean {
    return statusClass(this.status) === 2;
  }

  /** Whether redirects led here. */
  get redirected(): boolean {
    return this.history.some((response) => response.hasRedirectLocation);
  }

  /** Always `"default"`, as for a web response that is not from `fetch`. */
  get type(): "default" {
    return "default";
  }

  /** 1xx */
  get isInformational(): boolean {
    return statusClass(this.status) === 1;
  }

  /** 2xx; the same as `ok`. */
  get isSuccess(): boolean {
    return this.ok;
  }

  /** 3xx, with or without a place to go. */
  get isRedirect(): boolean {
    return statusClass(this.status) === 3;
  }

  /** 4xx */
  get isClientError(): boolean {
    return statusClass(this.status) === 4;
  }

  /** 5xx */
  get isServerError(): boolean {
    return statusClass(this.status) === 5;
  }

  /** 4xx or 5xx */
  get isError(): boolean {
    return this.isClientError || this.isServerError;
  }

  /** Whether it is a redirect that can be followed: 301, 302, 303, 307 or 308 with a `Location`. */
  get hasRedirectLocation(): boolean {
    return isFollowed(this.status) && this.headers.has("location");
  }

  /** The `Link` header by relation, else by URL (RFC 8288); URLs are resolved against that of the response. */
  get links(): Record<string, Link> {
    const value = this.headers.get("link");
    return value === null ? {} : parseLinks(value, this.url);
  }

  /** The cookies that this response set. */
  get cookies(): Cookies {
    const jar = new Cookies();
    const values = this.headers.getSetCookie();
    if (this.#request !== null) jar.extractFrom(this.#request.parsedURL, values);
    return jar;
  }

  /**
   * Returns itself where the status is 2xx.
   *
   * @throws {HTTPStatusError} for every other status
   */
  raiseForStatus(): this {
    if (this.ok) return this;
    const { request } = this;
    throw new HTTPStatusError(statusMessage(this, this.#body.content), { request, response: this });
  }

  /**
   * The decoded body, once it is in memory.
   *
   * @throws {ResponseNotRead} for a streamed response before `read()`
   */
  get content(): Uint8Array<ArrayBuffer> {
    const { content } = this.#body;
    if (content === null) {
      throw new ResponseNotRead("Cannot use content: the body is a stream; call read() first");
    }
    return content as Uint8Array<ArrayBuffer>; // bodies are never in shared memory
  }

  /**
   * Reads the whole body into memory and closes the response.
   *
   * @throws {StreamError} for a body that was streamed or closed before
   * @throws {RequestError} where it breaks off, is late, or can't be decoded
   */
  read(): Promise<Uint8Array<ArrayBuffer>> {
    // Not async: most bodies are in memory by now (bench: get_1k).
    try {
      const loading = this.load();
      if (loading instanceof Promise) return loading.then(() => this.content);
      return Promise.resolve(this.content);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @internal Reads the whole body: at once, without a promise, where it has arrived; or as `read` does it. */
  load<Loaded = Uint8Array | Promise<Uint8Array>>(read?: (body: ResponseBody) => Loaded): Loaded {
    return read === undefined ? this.#body.load() as Loaded : read(this.#body);
  }

  /** The body as bytes. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.read();
  }

  /** The body as an `ArrayBuffer` of its own. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    return new Uint8Array(await this.read()).buffer;
  }

  /** The body as a `Blob` of the response's media type. */
  async blob(): Promise<Blob> {
    return new Blob([await this.read()], { type: this.headers.get("content-type") ?? "" });
  }

  /** The body as form fields: URL-encoded or multipart. */
  async formData(): Promise<FormData> {
    const headers = { "content-type": this.headers.get("content-type") ?? "" };
    return await new globalThis.Response(await this.read(), { headers }).formData();
  }

  /** The body as text, in `encoding`; malformed bytes become U+FFFD. */
  async text(): Promise<string> {
    await this.load();
    return this.#text ??= makeTextDecoder(this.encoding).decode(this.content);
  }

  /**
   * The body as JSON: UTF-8, or UTF-16 and UTF-32 as its first bytes tell.
   *
   * @throws {SyntaxError} where it is none
   */
  async json<T = unknown>(): Promise<T>;
  /**
   * The body as JSON that fits a schema (zod, valibot, arktype …).
   *
   * @throws {SchemaError} where it does not
   * @throws {TypeError} for what is no Standard Schema: nothing is read then
   */
  async json<Output>(schema: StandardSchema<Output>): Promise<Output>;
  async json(schema?: StandardSchema): Promise<unknown> {
    if (schema !== undefined) checkSchema(schema);
    await this.load();
    const value = parseJSON(this.content, this);
    return schema === undefined ? value : accepted(await schema["~standard"].validate(value));
  }

  /**
   * The charset of the body: what was set here, else what `Content-Type` says, else `defaultEncoding`.
   *
   * @throws {Error} where it is set after `text()` was called
   */
  get encoding(): string {
    const named = this.#encoding ?? this.charsetEncoding;
    if (named !== null) return named;
    if (typeof this.defaultEncoding === "string") return this.defaultEncoding;
    const { content } = this.#body;
    return (content === null ? null : this.defaultEncoding(content)) ?? "utf-8";
  }

  set encoding(label: string) {
    if (this.#text !== null) throw new Error("Cannot set encoding: text() was called before");
    if (!isKnownCharset(label)) throw new RangeError(`Cannot set encoding: "${label}" is unknown`);
    this.#encoding = label;
  }

  /** The charset that `Content-Type` names, where it is a known one, else `null`. */
  get charsetEncoding(): string | null {
    return charsetOf(this.headers.get("content-type"));
  }

  /** The body as a web stream of decoded bytes, or `null` for a status that has none. */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (forbidsBody(this.status)) return null;
    return this.#webBody ??= streamOf(this.iterBytes());
  }

  /** Whether the body was streamed, so that nothing is left of it. */
  get bodyUsed(): boolean {
    const { state } = this.#body;
    return state === "streaming" || state === "consumed" || state === "closed";
  }

  /** The bytes as they came, undecoded, once; in chunks of `size` bytes (the last may be shorter), or as they come. */
  iterRaw(size?: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const chunks = this.#body.raw();
    return closing(size === undefined ? chunks : inPieces(chunks, size), this);
  }

  /** The decoded bytes, in chunks of `size` bytes (the last may be shorter). Default: as they come. */
  iterBytes(size?: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const chunks = this.#body.decoded();
    return closing(size === undefined ? chunks : inPieces(chunks, size), this);
  }

  /** The text, in chunks of `size` UTF-16 units (the last may be shorter). Default: as it comes. */
  iterText(size?: number): AsyncGenerator<string, void> {
    return closing(this.#textOf(size), this);
  }

  /** The text, in `encoding`, as a web stream. */
  textStream(): ReadableStream<string> {
    return streamOf(this.iterText());
  }

  /** The text line by line, without line ends (LF, CRLF and CR). */
  iterLines(): AsyncGenerator<string, void> {
    return closing(linesOf(this.#textOf()), this);
  }

  /** Server-sent events (`text/event-stream`), one by one. */
  iterEvents(): AsyncGenerator<ServerSentEvent, void> {
    return closing(new EventReading(this.#body.decoded()), this);
  }

  /** Bytes of the body that came from the wire, before decoding. */
  get numBytesDownloaded(): number {
    return this.#body.bytesReceived;
  }

  /** Whether nothing more will come: the body was read, or the response closed. */
  get isClosed(): boolean {
    return this.#body.isDone;
  }

  /** Whether the body was streamed or read. */
  get isStreamConsumed(): boolean {
    return this.#body.wasRead;
  }

  /** Fields that came after the body, once it is read; `null` where none came. */
  get trailers(): Headers | null {
    const { trailers } = this.#body;
    return trailers === null ? null : Headers.fromLines(trailers);
  }

  /**
   * Milliseconds from sending the request to the end of the body.
   *
   * @throws {Error} before that, and for a response made by hand
   */
  get elapsed(): number {
    const { elapsedMs } = this.#body;
    if (elapsedMs < 0) {
      throw new Error("Cannot use elapsed: the response must be read or closed first");
    }
    return elapsedMs;
  }

  /** @internal Begins to count `elapsed` from a `performance.now()`. */
  startElapsed(startedAtMs: number): void {
    this.#body.startElapsed(startedAtMs);
  }

  /** @internal Calls back once when nothing more will come; at once where that is so. */
  whenDone(callback: () => void): void {
    if (this.#body.isDone) return callback();
    const earlier = this.#body.onDone;
    this.#body.onDone = () => {
      earlier?.();
      callback();
    };
  }

  /** @internal Sets the most that the body may be. */
  limitBody(limits: BodyLimits): void {
    this.#body.limits = limits;
  }

  /** Gives up what has not been read, and frees the connection. */
  close(): Promise<void> {
    return this.#body.close();
  }

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#body.close();
  }

  /**
   * An independent copy of a response that is in memory.
   *
   * @throws {StreamError} for one that is not
   */
  clone(): Response {
    if (this.#body.content === null) {
      throw new StreamError("Cannot clone a response that is streamed: call read() first");
    }
    const copy = new Response(this.status, {
      headers: this.headers.copy(),
      extensions: this.extensions,
      history: this.history,
      defaultEncoding: this.defaultEncoding,
      // The same body, which is in memory: no public option says that.
      stream: this.#body as unknown as ChunkSource,
    });
    copy.#request = this.#request;
    return copy;
  }

  /** A genuine web `Response` with the same status, headers and (decoded) body. */
  toWeb(): globalThis.Response {
    return toWebResponse(this, this.#body.content);
  }

  /** For people: `<Response [200 OK]>`. */
  toString(): string {
    return `<Response [${`${this.status} ${this.statusText}`.trim()}]>`;
  }

  /** The same: for logs of JSON. */
  toJSON(): string {
    return this.toString();
  }

  #textOf(size?: number): AsyncGenerator<string, void> {
    return textOf(this.#body.decoded(), { encoding: this.encoding, size });
  }

  #bodyOf(stream: BodyStream | ChunkSource): ResponseBody {
    return new ResponseBody({
      stream: isWire(stream) ? stream : new ChunkStream(stream),
      contentEncoding: this.headers.get("content-encoding"),
    });
  }
}
