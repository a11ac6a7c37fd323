/** A response whose body is read without promises: what a synchronous client returns. */
import { inspectAs } from "../observe/inspect.ts";
import { ResponseNotRead } from "../errors.ts";
import { makeTextDecoder } from "../message/content/charset.ts";
import { BLOCKING_DECODING } from "../message/content/decoding/blocking_decoding.ts";
import { EventStreamParser, type ServerSentEvent } from "../message/content/event_stream.ts";
import { LineSplitter } from "../message/content/lines.ts";
import type { Cookies } from "../message/cookies/jar.ts";
import type { Headers } from "../message/headers.ts";
import type { Request } from "../message/request.ts";
import { parseJSON } from "../message/content/json.ts";
import { statusMessage } from "../message/response/raise_for_status.ts";
import type { ResponseExtensions } from "../message/response/extensions.ts";
import { AnyResponse } from "../message/response/any_response.ts";
import {
  bodyOf,
  type DefaultEncoding,
  HTTPStatusError,
  Response,
  type ResponseInit,
} from "../message/response/response.ts";
import { checkSchema, type StandardSchema, validateSync } from "../message/response/schema.ts";
import { readableAtOnce, SyncBody } from "../message/response/sync_body.ts";
import { befriend } from "../semantics/befriend.ts";
import { bytesInPieces, textInPieces } from "./in_pieces.ts";
import type { Timings } from "../timings.ts";

/** The response under a view, for what knows one kind of responses: auth flows, transports. */
export let innerOf: (view: SyncResponse) => Response;

/** What a view of a response is made of. */
class ViewInit implements ResponseInit {
  readonly headers = null;
  readonly response: Response;

  constructor(response: Response) {
    this.response = response;
  }
}

/** The view of a response that a transport made. */
export function viewOf(response: Response): SyncResponse {
  return new SyncResponse(response.status, new ViewInit(response));
}

/** One view of each response, so that those in a history are the same each time. */
const views = new WeakMap<Response, SyncResponse>();

/**
 * One response: as the asynchronous client's, but that bodies are values, and iterators plain ones.
 *
 * @example Made by hand, in a test
 * ```ts
 * import { SyncResponse } from "@httpx/httpx/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const response = new SyncResponse(200, { json: { name: "Ada" } });
 * assertEquals(response.json<{ name: string }>(), { name: "Ada" });
 * assertEquals([...response.iterLines()], ['{"name":"Ada"}']);
 * ```
 */
export class SyncResponse extends AnyResponse {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    innerOf = (view) => view.#inner;
  });
  readonly #inner: Response;
  #text: string | null = null;

  /**
   * Makes a response by hand.
   *
   * @throws {TypeError} for two kinds of content at once, a header that can't be, and a stream that has to be waited for
   * @throws {RangeError} for a status out of range
   */
  constructor(status: number, init: ResponseInit = {}) {
    super();
    const made = init instanceof ViewInit ? init.response : new Response(status, init);
    this.#inner = readableAtOnce(made);
    bodyOf(made).decoding = BLOCKING_DECODING;
  }

  /** The status code, 100 to 999. */
  override get status(): number {
    return this.#inner.status;
  }

  /** What travels along but was not in the head: `http_version`, `reason_phrase` … */
  override get extensions(): ResponseExtensions {
    return this.#inner.extensions;
  }

  /** Responses that led to this one (redirects, auth), oldest first. */
  get history(): readonly SyncResponse[] {
    return this.#inner.history.map(syncView);
  }

  /** The request that a redirect asks for, where it was not followed. */
  get nextRequest(): Request | null {
    return this.#inner.nextRequest;
  }

  /** The charset of text that names none. */
  get defaultEncoding(): DefaultEncoding {
    return this.#inner.defaultEncoding;
  }

  set defaultEncoding(encoding: DefaultEncoding) {
    this.#inner.defaultEncoding = encoding;
  }

  /** What the server sent in its head. */
  override get headers(): Headers {
    return this.#inner.headers;
  }

  /**
   * The request that this answers.
   *
   * @throws {Error} for a response made by hand without one
   */
  get request(): Request {
    return this.#inner.request;
  }

  set request(request: Request) {
    this.#inner.request = request;
  }

  /** The URL of the request, or `""`. */
  override get url(): string {
    return this.#inner.url;
  }

  /** Whether redirects led here. */
  get redirected(): boolean {
    return this.#inner.redirected;
  }

  /** The cookies that this response set. */
  override get cookies(): Cookies {
    return this.#inner.cookies;
  }

  /**
   * Returns itself where the status is 2xx.
   *
   * @throws {HTTPStatusError} for every other status; its `response` is this one
   */
  raiseForStatus(): this {
    if (this.ok) return this;
    const { request } = this;
    // The class is the same for both kinds of clients; the entry of the synchronous one declares what is in it.
    const response = this as unknown as Response;
    throw new HTTPStatusError(
      statusMessage(this.#inner, bodyOf(this.#inner).content),
      { request, response },
    );
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
   * @throws {RequestError} if it breaks off, is late, or can't be decoded
   */
  read(): Uint8Array<ArrayBuffer> {
    bodyOf(this.#inner).load();
    return this.content;
  }

  /** The body as bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.read();
  }

  /** The body as an `ArrayBuffer` of its own. */
  arrayBuffer(): ArrayBuffer {
    return this.read().slice().buffer;
  }

  /** The body as a `Blob` of the response's media type. */
  blob(): Blob {
    return new Blob([this.read()], { type: this.headers.get("content-type") ?? "" });
  }

  /** The body as text, in `encoding`; malformed bytes become U+FFFD. */
  text(): string {
    this.read();
    return this.#text ??= makeTextDecoder(this.encoding).decode(this.content);
  }

  /**
   * The body as JSON: UTF-8, or UTF-16 and UTF-32 as its first bytes tell.
   *
   * @throws {SyntaxError} if it is none
   */
  json<T = unknown>(): T;
  /**
   * The body as JSON that fits a schema (zod, valibot, arktype …).
   *
   * @throws {SchemaError} if it does not
   * @throws {TypeError} for a schema that has to be waited for, or that is none
   */
  json<Output>(schema: StandardSchema<Output>): Output;
  json(schema?: StandardSchema): unknown {
    if (schema !== undefined) checkSchema(schema);
    this.read();
    const value = parseJSON(this.content, this.#inner);
    return schema === undefined ? value : validateSync(schema, value);
  }

  /**
   * The charset of the body: what was set here, else what `Content-Type` says, else `defaultEncoding`.
   *
   * @throws {Error} if it is set after `text()` was called
   */
  get encoding(): string {
    return this.#inner.encoding;
  }

  set encoding(label: string) {
    if (this.#text !== null) throw new Error("Cannot set encoding: text() was called before");
    this.#inner.encoding = label;
  }

  /** Whether the body was streamed, so that nothing is left of it. */
  get bodyUsed(): boolean {
    return this.#inner.bodyUsed;
  }

  /** The bytes as they came, undecoded, in chunks of `size` bytes (the last may be shorter). Default: as they come. */
  iterRaw(size?: number): Generator<Uint8Array, void> {
    const chunks = this.#chunks("raw");
    return size === undefined ? chunks : bytesInPieces(chunks, size);
  }

  /** The decoded bytes, in chunks of `size` bytes (the last may be shorter). Default: as they come. */
  iterBytes(size?: number): Generator<Uint8Array, void> {
    const chunks = this.#chunks("decoded");
    return size === undefined ? chunks : bytesInPieces(chunks, size);
  }

  /** The text, in chunks of `size` UTF-16 units (the last may be shorter). Default: as it comes. */
  iterText(size?: number): Generator<string, void> {
    return textInPieces(this.#chunks("decoded"), { encoding: this.encoding, size });
  }

  /** The text line by line, without line ends (LF, CRLF and CR). */
  *iterLines(): Generator<string, void> {
    const lines = new LineSplitter();
    for (const text of this.iterText()) yield* lines.push(text);
    yield* lines.flush();
  }

  /** Server-sent events (`text/event-stream`), one by one. */
  *iterEvents(): Generator<ServerSentEvent, void> {
    const parser = new EventStreamParser();
    for (const chunk of this.#chunks("decoded")) {
      const events: ServerSentEvent[] = [];
      parser.push(chunk, (event) => events.push(event));
      yield* events;
    }
  }

  /** Bytes of the body that came from the wire, before decoding. */
  get numBytesDownloaded(): number {
    return this.#inner.numBytesDownloaded;
  }

  /** Whether nothing more will come: the body was read, or the response closed. */
  get isClosed(): boolean {
    return this.#inner.isClosed;
  }

  /** Whether the body was streamed or read. */
  get isStreamConsumed(): boolean {
    return this.#inner.isStreamConsumed;
  }

  /** Fields that came after the body, once it is read; `null` where none came. */
  get trailers(): Headers | null {
    return this.#inner.trailers;
  }

  /**
   * Milliseconds from sending the request to the end of the body.
   *
   * @throws {Error} before that, and for a response made by hand
   */
  get elapsed(): number {
    return this.#inner.elapsed;
  }

  /** How long each part of the exchange took; `null` if its transport did not measure it. */
  get timings(): Timings | null {
    return this.#inner.timings;
  }

  /** Gives up what has not been read, and frees the connection. */
  close(): void {
    const body = this.#body;
    if (body instanceof SyncBody) body.closeSync();
  }

  /** The same as `close()`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** A genuine web `Response` with the same status, headers and (decoded) body, which is read first. */
  toWeb(): globalThis.Response {
    this.read();
    return this.#inner.toWeb();
  }

  get #body(): SyncBody | { readonly content: Uint8Array | null } {
    return bodyOf(this.#inner);
  }

  #chunks(mode: "raw" | "decoded"): Generator<Uint8Array, void> {
    const body = this.#body;
    return body instanceof SyncBody ? body.chunks(mode) : whole(body.content);
  }
}

/** The synchronous view of a response that is seen more than once: by hooks, in histories. */
export function syncView(response: Response): SyncResponse {
  let view = views.get(response);
  if (view === undefined) {
    view = viewOf(response);
    views.set(response, view);
  }
  return view;
}

function* whole(content: Uint8Array | null): Generator<Uint8Array, void> {
  if (content !== null && content.length > 0) yield content;
}
