/**
 * Our responses as genuine web ones, with what the constructor can't be told: where they are from, that their headers are
 * immutable. A body that has arrived whole becomes bytes; any other a byte stream, which is closed when it was collected
 * unread, or rests unread for too long: a caller of `fetch` owes nothing to a body that it does not want.
 */
import { parseContentEncoding } from "../../message/content/decoding/content_coding.ts";
import { bodyOf, type Response } from "../../message/response/response.ts";
import { printableReason, withoutFragment } from "../../message/response/web_response.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import { startTimeout } from "../../runtime/timers.ts";
import { networkError } from "./network_error.ts";

/** Fetch §2.2.3: a response of these has no body, not even an empty one. */
const NULL_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Fields of the coded bytes: what the caller reads is decoded, and may be handed on as it is. */
const CODED_FIELDS: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);
const NO_FIELDS: ReadonlySet<string> = new Set();

/** A body that no caller has begun to read holds its connection for so long at most. */
const MAX_UNREAD_MS = 300_000;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * A web `Response` over one of ours.
 *
 * @throws {RangeError} for 1xx, which no web response can have
 */
export function fetchedResponse(response: Response): globalThis.Response {
  const { status } = response;
  if (status < 200) {
    throw new RangeError(`Cannot make a web Response of status ${status}: it has 200 or more`);
  }
  const headers = pairsOf(
    response.headers.lines,
    isDecoded(response) ? CODED_FIELDS : NO_FIELDS,
  );
  const isNull = NULL_BODY.has(status) || response.request.method === "HEAD";
  const body = isNull ? null : bytesOrStream(response);
  if (isNull) response.close().catch(() => {}); // there is nothing to read
  const statusText = printableReason(response.statusText);
  const url = withoutFragment(response.url);
  // The constructor takes 200 to 599; the runtimes' own fetch gives others as they come.
  const init = { status: status > 599 ? 599 : status, statusText, headers };
  return new FetchedResponse(body, init, { status, url, redirected: response.redirected });
}

/** The constructor makes `Headers` of pairs itself; a `Headers` would be made twice (bench: fetch_1k). */
function pairsOf(lines: FieldLines, without: ReadonlySet<string>): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? "";
    if (without.size === 0 || !without.has(name.toLowerCase())) {
      pairs.push([name, lines[i + 1] ?? ""]);
    }
  }
  return pairs;
}

function isDecoded(response: Response): boolean {
  const coding = response.headers.get("content-encoding");
  return coding !== null && parseContentEncoding(coding).length > 0;
}

/** The bytes that are here, or a stream (bench: fetch_1k). */
function bytesOrStream(response: Response): Bytes | ReadableStream<Bytes> {
  const body = bodyOf(response);
  const content = body.hasArrived ? body.load() : null;
  return content instanceof Uint8Array ? content as Bytes : streamOf(response);
}

/** Cancels what was collected before it was read. Holds the response, never the stream. */
const unread = /* @__PURE__ */ new FinalizationRegistry<Response>((response) => {
  response.close().catch(() => {}); // no caller is left that the failure could concern
});

function streamOf(response: Response): ReadableStream<Bytes> {
  const source = new FetchedBody(response);
  unread.register(source, response, source);
  return new ReadableStream(source, { highWaterMark: 0 });
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

/** What a fetched response knows beside what the constructor takes. */
interface Origin {
  readonly status: number;
  readonly url: string;
  readonly redirected: boolean;
}

/** A web `Response` that came over the network. */
class FetchedResponse extends globalThis.Response {
  readonly #origin: Origin;
  #headers: Headers | null = null;

  constructor(
    body: globalThis.BodyInit | null,
    init: globalThis.ResponseInit,
    origin: Origin,
  ) {
    super(body, init);
    this.#origin = origin;
  }

  override get url(): string {
    return this.#origin.url;
  }

  override get redirected(): boolean {
    return this.#origin.redirected;
  }

  override get status(): number {
    return this.#origin.status;
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

  override clone(): globalThis.Response {
    const { body, status, statusText } = super.clone();
    const init = { status: status > 599 ? 599 : status, statusText, headers: super.headers };
    return new FetchedResponse(body, init, this.#origin);
  }
}

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
