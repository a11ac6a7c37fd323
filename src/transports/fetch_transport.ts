/**
 * The runtime's own `fetch` as a transport: for edge runtimes, which have no sockets. What `fetch` does
 * by itself (connections, TLS, decoding) is left to it; redirects and cookies stay with the client.
 */
import { fetchLeavesCoded } from "../runtime/host.ts";
import {
  CloseError,
  ConnectError,
  LocalProtocolError,
  ReadError,
  UnsupportedProtocol,
} from "../errors.ts";
import { badOption } from "../options/bad_option.ts";
import { Headers } from "../message/headers.ts";
import { ChunkStream } from "../message/response/body_streams.ts";
import { bodySourceOf, type Request, webBody, webURL, whyNotWeb } from "../message/request.ts";
import { Response } from "../message/response/response.ts";
import { webHeaders } from "../message/web/web_headers.ts";
import { maskURL, nameOfRequest } from "../observe/mask.ts";
import {
  addFraming,
  checkFraming,
  CONNECTION_FIELDS,
  isFramingName,
  NO_FRAMING,
  ruleFor,
} from "../semantics/connection_fields.ts";
import { checkScheme } from "./check_scheme.ts";
import { FetchDeadline } from "./fetch_deadline.ts";
import type { Transport } from "./transport.ts";

/** Options of a `FetchTransport`. */
export interface FetchTransportOptions {
  /** What to call. Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Fields that `fetch` refuses, or writes itself. */
const LEFT_TO_FETCH: ReadonlySet<string> = new Set([
  "accept-encoding",
  .../* @__PURE__ */ Object.keys(CONNECTION_FIELDS).filter((name) =>
    CONNECTION_FIELDS[name]?.fetch === "drop"
  ),
]);

/**
 * Sends requests with the runtime's `fetch`.
 *
 * `fetch` does not tell its phases apart: until the response's head is here, `timeout.read` counts for connecting and
 * sending too. It keeps its own connections, adds its own `Accept-Encoding`, and decodes content by itself: on
 * Deno and workerd gzip and br alone, so that the rest comes with its `Content-Encoding`, to be decoded here.
 *
 * @example A client without sockets
 * ```ts
 * import { Client, FetchTransport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const fetch = () => Promise.resolve(new Response("hello"));
 * await using client = new Client({ transport: new FetchTransport({ fetch }) });
 * assertEquals(await (await client.get("https://example.org/")).text(), "hello");
 * ```
 */
export class FetchTransport implements Transport {
  /** Its timeouts and signals end each exchange. */
  readonly keepsDeadline = true;
  readonly #fetch: typeof globalThis.fetch | null;
  readonly #running = new Set<FetchCall>();
  #isClosed = false;

  /**
   * Sends with `fetch`.
   *
   * @throws {TypeError} for an option that `fetch` can't honour, by name
   */
  constructor(options: FetchTransportOptions = {}) {
    const { fetch, ...others } = options;
    refuseForFetch(others, Object.keys(others));
    this.#fetch = fetch ?? null;
  }

  /**
   * Sends a request and resolves with the head of its response.
   *
   * @throws {LocalProtocolError} for what `fetch` refuses: a body with GET or HEAD; CONNECT, TRACE
   * @throws {TypeError} for a `verify` or `proxy` of its own, which `fetch` can't honour
   * @throws {TransportError} for what `fetch` rejects with; the reason of the request's signal
   */
  async handleRequest(request: Request): Promise<Response> {
    checkScheme(request);
    refuseForFetch(request.extensions, ["verify", "proxy"]);
    if (this.#isClosed) throw closed(request);
    const reason = whyNotWeb(request) ?? fieldFault(request);
    if (reason !== null) {
      throw new LocalProtocolError(`Cannot fetch ${nameOfRequest(request)}: ${reason}`, {
        request,
      });
    }
    const call: FetchCall = new FetchCall(request, () => this.#running.delete(call));
    this.#running.add(call);
    return await call.send(this.#fetch ?? globalThis.fetch);
  }

  /** Ends every call that is under way with a `CloseError`. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#running) call.close();
    return Promise.resolve();
  }
}

/**
 * Refuses what only sockets can honour.
 *
 * @throws {TypeError} for the first of the names that is given
 */
export function refuseForFetch(given: object, names: readonly string[]): void {
  const name = names.find((name) => name in given);
  if (name !== undefined) throw badOption(name, "fetch has no way to honour it");
}

const END = { done: true, value: undefined } as const;

/** One call of `fetch`, from its start to the end of its body, whose chunks it yields. */
class FetchCall implements AsyncIterator<Uint8Array, void> {
  readonly #request: Request;
  readonly #deadline: FetchDeadline;
  readonly #onDone: () => void;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;

  constructor(request: Request, onDone: () => void) {
    this.#request = request;
    this.#onDone = onDone;
    this.#deadline = new FetchDeadline(request);
  }

  async send(fetch: typeof globalThis.fetch): Promise<Response> {
    const request = this.#request;
    const init = initFor(request, this.#deadline.signal);
    const response = await this.#waitFor("connect", () => fetch(webURL(request), init));
    this.#reader = response.body?.getReader() ?? null;
    if (this.#reader === null) this.#done();
    if (response.type === "opaqueredirect") {
      await this.return();
      throw new UnsupportedProtocol(
        `Cannot see the redirect of ${maskURL(request.url)}: fetch hides it here`,
        { request },
      );
    }
    const headers = new Headers(response.headers);
    const coding = headers.get("content-encoding");
    // Without a body, as after HEAD, there is nothing to decode.
    const isCoded = coding !== null && this.#reader !== null && fetchLeavesCoded(coding);
    if (coding !== null && !isCoded) {
      headers.delete("content-encoding");
      headers.delete("content-length");
    }
    const { status, statusText } = response;
    const extensions = statusText ? { reason_phrase: statusText } : {};
    const stream = new ChunkStream({ [Symbol.asyncIterator]: () => this }, { keepsDeadline: true });
    return new Response(status, { headers, stream, request, extensions });
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    const reader = this.#reader;
    const result = reader === null ? END : await this.#waitFor("receive", () => reader.read());
    if (!result.done) return result;
    this.#done();
    return END;
  }

  async return(): Promise<IteratorResult<Uint8Array, void>> {
    this.#done();
    await this.#reader?.cancel().catch(() => {}); // it may have failed already
    return END;
  }

  /** Ends it from outside. */
  close(): void {
    this.#deadline.abort(closed(this.#request));
  }

  async #waitFor<T>(phase: "connect" | "receive", work: () => Promise<T>): Promise<T> {
    try {
      this.#deadline.wait();
      const result = await this.#deadline.bound(work);
      this.#deadline.rest();
      return result;
    } catch (error) {
      this.#done();
      throw this.#failure(error, phase);
    }
  }

  #done(): void {
    this.#deadline.finish();
    this.#onDone();
  }

  /** What ended the call: our own abort, or what `fetch` found. */
  #failure(error: unknown, phase: "connect" | "receive"): unknown {
    const { signal } = this.#deadline;
    if (signal.aborted) return signal.reason;
    if (!(error instanceof TypeError) && !(error instanceof Error && "code" in error)) return error;
    const request = this.#request;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Cannot fetch ${nameOfRequest(request)}: ${maskURL(reason)}`;
    const init = { cause: error, request, phase };
    return phase === "connect" ? new ConnectError(message, init) : new ReadError(message, init);
  }
}

function closed(request: Request): CloseError {
  return new CloseError(`Cannot finish ${nameOfRequest(request)}: the client was closed`, {
    request,
  });
}

/** What a field asks for that `fetch` can't do, or that contradicts the content; `null` if there is none. */
function fieldFault(request: Request): string | null {
  const { headers } = request;
  const bodySource = bodySourceOf(request);
  let framing = NO_FRAMING;
  try {
    for (let i = 0; i + 1 < headers.lines.length; i += 2) {
      const name = headers.lines[i] ?? "";
      if (ruleFor(name.toLowerCase(), "fetch") === "refuse") {
        return `header "${name}" has no meaning over fetch`;
      }
      if (isFramingName(name)) framing = addFraming(framing, name, headers.lines[i + 1] ?? "");
    }
    checkFraming(framing, bodySource === null ? 0 : bodySource.sizeBytes);
    return null;
  } catch (error) {
    if (error instanceof LocalProtocolError) return error.message;
    throw error;
  }
}

function initFor(request: Request, signal: AbortSignal): RequestInit {
  const { method, headers } = request;
  return {
    method,
    headers: webHeaders(headers.lines, LEFT_TO_FETCH),
    signal,
    redirect: "manual",
    ...webBody(bodySourceOf(request)),
  };
}
