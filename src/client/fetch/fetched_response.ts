/**
 * Our responses as genuine web ones, with what the constructor does not take: their URL, and immutable
 * headers. A body that has arrived whole becomes bytes; any other a byte stream, which is closed when it was collected
 * unread, or rests unread for too long: a caller of `fetch` owes nothing to a body that it does not want.
 */
import { parseContentEncoding } from "../../message/content/decoding/content_coding.ts";
import { bodyOf, type Response } from "../../message/response/response.ts";
import { printableReason, withoutFragment } from "../../message/response/web_response.ts";
import { startTimeout } from "../../runtime/timers.ts";
import { networkError } from "./network_error.ts";

/** Fetch §2.2.3: a response of these has no body, not even an empty one. */
const NULL_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Fields of the coded bytes: what the caller reads is decoded, and may be handed on as it is. */
const CODED_FIELDS: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

/** A body that no caller has begun to read holds its connection for so long at most. */
const MAX_UNREAD_MS = 300_000;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * A web `Response` over one of ours.
 *
 * @param signal refuses a body that was not read before it aborts; a reader of the body's stream is ended by the exchange
 * @throws {RangeError} for 1xx, which no web response can have
 */
export function fetchedResponse(
  response: Response,
  signal: AbortSignal | null = null,
): globalThis.Response {
  const { status, statusText } = response;
  if (status < 200) {
    throw new RangeError(`Cannot make a web Response of status ${status}: it has 200 or more`);
  }
  const isNull = NULL_BODY.has(status) || response.request.method === "HEAD";
  const body = isNull ? null : bytesOrStream(response);
  if (isNull) response.close().catch(() => {}); // there is nothing to read
  return FetchedResponse.over(response, { body, signal, reason: printableReason(statusText) });
}

/** One by one: the constructor takes twice as long for a list of pairs (Deno; bench: fetch_1k). */
function appendLines(headers: Headers, response: Response): void {
  const { headers: { lines } } = response;
  const isCoded = isDecoded(response);
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? "";
    if (isCoded && CODED_FIELDS.has(name.toLowerCase())) continue;
    headers.append(name, lines[i + 1] ?? "");
  }
}

function isDecoded(response: Response): boolean {
  const coding = response.headers.get("content-encoding");
  return coding !== null && parseContentEncoding(coding).length > 0;
}

/** The bytes that are here, or a stream (bench: fetch_1k). */
function bytesOrStream(response: Response): Bytes | ReadableStream<Bytes> {
  const body = bodyOf(response);
  const content = body.hasArrived ? body.load() : null;
  if (!(content instanceof Uint8Array)) return streamOf(response);
  return content.length > 0 ? content as Bytes : endedStream(); // of no bytes Deno would make an empty chunk
}

function endedStream(): ReadableStream<Bytes> {
  return new ReadableStream({ type: "bytes", start: (controller) => controller.close() });
}

/** Cancels what was collected before it was read. Holds the response, never the stream. */
const unread = /* @__PURE__ */ new FinalizationRegistry<Response>((response) => {
  response.close().catch(() => {}); // no caller is left that the failure could concern
});

/** Of no prototype: the constructor would find what a program adds to that of all objects. */
const QUEUE_NOTHING: QueuingStrategy = Object.freeze(
  Object.assign(Object.create(null), { highWaterMark: 0 }),
);

function streamOf(response: Response): ReadableStream<Bytes> {
  const source = new FetchedBody(response);
  unread.register(source, response, source);
  return new ReadableStream(source, QUEUE_NOTHING);
}

/** The underlying source of a body: pulled only when a caller reads. */
class FetchedBody implements UnderlyingByteSource {
  readonly type = "bytes";
  readonly #response: Response;
  #chunks: AsyncGenerator<Bytes, void> | null = null;
  readonly #stopWaiting: () => void;

  constructor(response: Response) {
    this.#response = response;
    // The timer holds the response alone: it must not keep the source from being collected.
    this.#stopWaiting = startTimeout(() => void response.close().catch(() => {}), MAX_UNREAD_MS);
  }

  async pull(controller: ReadableByteStreamController): Promise<void> {
    this.#stopWaiting();
    try {
      this.#chunks ??= this.#response.iterBytes();
      const { done, value } = await this.#chunks.next();
      if (done) this.#end(controller);
      else controller.enqueue(isWhole(value) ? value : value.slice());
    } catch (error) {
      unread.unregister(this);
      throw networkError(error, this.#response.url);
    }
  }

  async cancel(): Promise<void> {
    this.#stopWaiting();
    unread.unregister(this);
    await this.#response.close();
  }

  #end(controller: ReadableByteStreamController): void {
    unread.unregister(this);
    controller.close();
    controller.byobRequest?.respond(0); // a reader with a buffer of its own waits for it
  }
}

/** A byte stream takes the whole buffer of what it is given; of a part, others hold the rest. */
function isWhole({ byteLength, buffer }: Bytes): boolean {
  return byteLength === buffer.byteLength;
}

/** What a fetched response is made of. */
interface FetchedInit {
  readonly body: Bytes | ReadableStream<Bytes> | null;
  readonly signal: AbortSignal | null;
  readonly reason: string;
}

/** What a fetched response knows beside what the constructor takes. */
interface Origin {
  readonly status: number;
  readonly url: string;
  readonly redirected: boolean;
  /** Refuses a body that was not read before it aborted. */
  readonly signal: AbortSignal | null;
}

/** A web `Response` that came over the network. */
class FetchedResponse extends globalThis.Response {
  /** Absent while the constructor runs, which on Node asks for the status. */
  readonly #origin: Origin | undefined;
  #headers: Headers | null = null;

  private constructor(
    body: globalThis.BodyInit | null,
    init: globalThis.ResponseInit,
    origin: Origin,
  ) {
    super(body, init);
    this.#origin = origin;
  }

  /** The constructor takes 200 to 599; the runtimes' own fetch gives others as they come. */
  static over(response: Response, { body, signal, reason }: FetchedInit): FetchedResponse {
    const { status, url, redirected } = response;
    const init = status === 200 && (reason === "OK" || reason === "")
      ? OK_INIT[reason]
      : { status: status > 599 ? 599 : status, statusText: reason };
    const made = new FetchedResponse(body, init, {
      status,
      url,
      redirected,
      signal,
    });
    appendLines(made.#ownHeaders, response);
    return made;
  }

  override get url(): string {
    return withoutFragment(this.#origin?.url ?? "");
  }

  override get redirected(): boolean {
    return this.#origin?.redirected ?? false;
  }

  override get status(): number {
    return #origin in this && this.#origin !== undefined ? this.#origin.status : super.status;
  }

  override get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  override get type(): globalThis.ResponseType {
    return "basic";
  }

  override get headers(): Headers {
    return this.#headers ??= immutable(super.headers);
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.#aborted ?? super.arrayBuffer();
  }

  override blob(): Promise<Blob> {
    return this.#aborted ?? super.blob();
  }

  override bytes(): Promise<Bytes> {
    return this.#aborted ?? super.bytes();
  }

  override formData(): Promise<FormData> {
    return this.#aborted ?? super.formData();
  }

  // deno-lint-ignore no-explicit-any -- as lib.dom has it
  override json(): Promise<any> {
    return this.#aborted ?? super.json();
  }

  override text(): Promise<string> {
    return this.#aborted ?? super.text();
  }

  override clone(): globalThis.Response {
    const { body, status, statusText } = super.clone();
    const init = { status: status > 599 ? 599 : status, statusText, headers: super.headers };
    const origin = this.#origin;
    return new FetchedResponse(body, init, origin as Origin); // it is there after the constructor
  }

  get #ownHeaders(): Headers {
    return super.headers;
  }

  /** Fetch §5.6 step 11: a body that was not read when its signal aborts fails with the signal's reason. */
  get #aborted(): Promise<never> | null {
    const signal = this.#origin?.signal ?? null;
    if (signal === null || !signal.aborted || this.bodyUsed) return null;
    return Promise.reject(signal.reason);
  }
}

const OK_INIT = {
  OK: { status: 200, statusText: "OK" },
  "": { status: 200, statusText: "" },
} as const;

/** Fetch §5.1: the headers of what came over the network can't be changed. */
function immutable(headers: Headers): Headers {
  const refuse = () => {
    throw new TypeError("Cannot change the headers of a fetched response: they are immutable");
  };
  for (const method of ["append", "delete", "set"] as const) {
    Object.defineProperty(headers, method, { value: refuse, configurable: true });
  }
  return headers;
}
