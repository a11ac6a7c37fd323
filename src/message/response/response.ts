/**
 * One response as a caller holds it: the web's `Response` and httpx's in one. Headers and streams are made when they are
 * first used. The error of its status is here too: each has the other in its type.
 */
import { HTTPError, nameError, ResponseNotRead, StreamError } from "../../errors.ts";
import { inspectAs } from "../../observe/inspect.ts";
import { befriend } from "../../semantics/befriend.ts";
import type { BodyStream } from "../../semantics/body.ts";
import { forbidsBody } from "../../semantics/status.ts";
import { AnyResponse } from "./any_response.ts";
import { type ChunkSource, ChunkStream, closing, inPieces, isWire } from "./body_streams.ts";
import { isKnownCharset, makeTextDecoder } from "../content/charset.ts";
import type { ServerSentEvent } from "../content/event_stream.ts";
import { Cookies } from "../cookies/jar.ts";
import { Headers, headersFromLines, type HeadersInit } from "../headers.ts";
import type { Request } from "../request.ts";
import { streamOf } from "../web/web_stream.ts";
import type { ResponseExtensions } from "./extensions.ts";
import { parseJSON } from "../content/json.ts";
import { statusMessage } from "./raise_for_status.ts";
import { ResponseBody } from "./response_body.ts";
import { checkKinds, contentOf, describeContent, ownHeaders } from "./response_content.ts";
import { accepted, checkSchema, type StandardSchema } from "./schema.ts";
import { timingsOf } from "../../semantics/exchange_times.ts";
import type { Timings } from "../../timings.ts";
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

/** The body of a response, for the files of this library (see befriend.ts). */
export let bodyOf: (response: Response) => ResponseBody;

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
export class Response extends AnyResponse {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    bodyOf = (response) => response.#body;
  });
  /** The status code, 100 to 999. */
  override readonly status: number;
  /** What travels along but was not in the head: `http_version`, `network_stream` … */
  override readonly extensions: ResponseExtensions;
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
    super();
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
  override get headers(): Headers {
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
  override get url(): string {
    return this.#request?.url ?? "";
  }

  /** The cookies that this response set. */
  override get cookies(): Cookies {
    const jar = new Cookies();
    const values = this.headers.getSetCookie();
    if (this.#request !== null) jar.extractFrom(this.#request.parsedURL, values);
    return jar;
  }

  /** Whether redirects led here. */
  get redirected(): boolean {
    return this.history.some((response) => response.hasRedirectLocation);
  }

  /**
   * Returns itself if the status is 2xx.
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
      const loading = this.#body.load();
      if (loading instanceof Promise) return loading.then(() => this.content);
      return Promise.resolve(this.content);
    } catch (error) {
      return Promise.reject(error);
    }
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
    await this.#body.load();
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
    await this.#body.load();
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
    return trailers === null ? null : headersFromLines(trailers);
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

  /** How long each part of the exchange took; `null` if its transport did not measure it. */
  get timings(): Timings | null {
    const { times, endedAtMs } = this.#body;
    if (times === null) return null;
    const facts = this.extensions.network_stream?.facts ?? null;
    return timingsOf(times, { endedAtMs, httpVersion: this.httpVersion, facts });
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

/** What an `HTTPStatusError` carries. */
export interface HTTPStatusErrorInit {
  /** What was asked. */
  readonly request: Request;
  /** What was answered. */
  readonly response: Response;
}

/**
 * `raiseForStatus()` on a response that is not 2xx.
 *
 * @example A status as an exception
 * ```ts
 * import { Client, HTTPStatusError, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(404));
 * await using client = new Client({ transport });
 * const response = await client.get("https://example.org/");
 * const error = assertThrows(() => response.raiseForStatus(), HTTPStatusError);
 * assertEquals(error.response.status, 404);
 * ```
 */
export class HTTPStatusError extends HTTPError {
  static readonly #isNamed: true = /* @__PURE__ */ nameError(this, "HTTPStatusError");
  #response: Response;

  /** An error that knows both sides of the exchange. */
  constructor(message: string, init: HTTPStatusErrorInit) {
    super(message, init);
    this.#response = init.response;
  }

  /** The response, with its body if that was read. */
  get response(): Response {
    return this.#response;
  }
}
