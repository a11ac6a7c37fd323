/** Chaos for tests: a middleware that delays, refuses and breaks exchanges, by chance with a seed. */
import { ConnectError, ReadError } from "../errors.ts";
import { type DualFlow, exchange, paused } from "../message/dual_flow.ts";
import type { Request } from "../message/request.ts";
import { bodyOf, Response } from "../message/response/response.ts";
import { type DualMiddleware, dualMiddleware } from "../middleware/middleware.ts";
import { nameOfRequest } from "../observe/mask.ts";
import { badOption, checkOptionNames } from "../options/bad_option.ts";
import { blockFor, startTimeout } from "../runtime/timers.ts";

/**
 * Which faults there are, each with its probability from 0 to 1. Several can hit one request, in this order; the sequence
 * of requests and the seed decide which.
 *
 * @example Half of the responses break off after a hundred bytes
 * ```ts
 * import { type FaultOptions } from "@httpx/httpx/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const options: FaultOptions = { seed: 7, truncate: { probability: 0.5, afterBytes: 100 } };
 * assertEquals(options.seed, 7);
 * ```
 */
export interface FaultOptions {
  /** The same seed gives the same faults for the same requests in the same order. Default: 1. */
  readonly seed?: number | undefined;
  /** A wait before the request, between `minMs` and `maxMs`; the call's timeouts count. */
  readonly delay?: {
    readonly probability: number;
    readonly minMs?: number;
    readonly maxMs: number;
  } | undefined;
  /** A `ConnectError` instead of the request, which is not sent. */
  readonly refuse?: { readonly probability: number } | undefined;
  /** A response of this status instead of the request, which is not sent. Default of the statuses: 503. */
  readonly status?: {
    readonly probability: number;
    readonly statuses?: readonly number[];
    readonly headers?: Readonly<Record<string, string>>;
  } | undefined;
  /** A `ReadError` after the request was sent and answered: the server has acted on it. */
  readonly reset?: { readonly probability: number } | undefined;
  /** A `ReadError` after so many bytes of the body. */
  readonly truncate?: { readonly probability: number; readonly afterBytes: number } | undefined;
  /** A body that stops after so many bytes, until the call's timeout or signal ends it; at most `maxMs`. */
  readonly stall?: {
    readonly probability: number;
    readonly afterBytes: number;
    readonly maxMs?: number;
  } | undefined;
  /** Which requests can be hit. Default: all. */
  readonly only?: ((request: Request) => boolean) | undefined;
}

const KINDS = ["delay", "refuse", "status", "reset", "truncate", "stall"] as const;
const NAMES: ReadonlySet<string> = new Set([...KINDS, "seed", "only"]);

/** How long a body stalls if no one ends it. */
const STALL_MS = 60_000;

/**
 * Makes a middleware that breaks exchanges by chance, to see what becomes of the code around them: retries, timeouts,
 * half-written files.
 *
 * @throws {TypeError} for an unknown option, and a probability that is not from 0 to 1
 *
 * @example Do the retries hold?
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { faults } from "@httpx/httpx/testing";
 * import { retry } from "@httpx/httpx/retry";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(200, { text: "hello" }));
 * const chaos = faults({ seed: 3, refuse: { probability: 0.3 }, status: { probability: 0.3 } });
 * const again = retry({ limit: 10, backoff: { baseMs: 0 }, budget: null });
 * await using client = new Client({ transport, middleware: [again, chaos] });
 * for (let i = 0; i < 20; i++) assertEquals((await client.get("https://example.org/")).status, 200);
 * ```
 */
export function faults(options: FaultOptions): DualMiddleware {
  checkFaults(options);
  const random = seededFraction(options.seed ?? 1);
  return { ...dualMiddleware((request) => broken(request, options, random)), seesEachTry: true };
}

function checkFaults(options: FaultOptions): void {
  checkOptionNames("faults()", { options, known: NAMES });
  for (const kind of KINDS) {
    const probability = options[kind]?.probability;
    if (options[kind] === undefined) continue;
    if (typeof probability === "number" && probability >= 0 && probability <= 1) continue;
    throw badOption(kind, "give a probability from 0 to 1");
  }
}

/** One exchange. Each fault draws its number whether it is on or not, so that one more changes no other. */
function* broken(
  request: Request,
  options: FaultOptions,
  random: () => number,
): DualFlow<Response> {
  const draws = KINDS.map(() => random());
  const extra = random();
  const { only } = options;
  const isHit = (kind: typeof KINDS[number]) =>
    (draws[KINDS.indexOf(kind)] ?? 1) < (options[kind]?.probability ?? 0) &&
    (only === undefined || only(request));
  const { delay, status } = options;
  if (delay !== undefined && isHit("delay")) {
    const { minMs = 0, maxMs } = delay;
    yield* wait(request, minMs + extra * (maxMs - minMs));
  }
  const name = nameOfRequest(request);
  if (isHit("refuse")) {
    throw new ConnectError(`Cannot send ${name}: refused by faults()`, {
      ...{ request, phase: "connect", requestSent: "no", safeToRetry: true },
    });
  }
  if (status !== undefined && isHit("status")) {
    const { statuses = [503], headers = {} } = status;
    return new Response(statuses[Math.floor(extra * statuses.length)] ?? 503, { headers, request });
  }
  const response = yield* exchange(request);
  if (isHit("reset")) {
    yield* paused<unknown>(() => response.close(), () => void response.close());
    throw new ReadError(`Cannot finish ${name}: reset by faults()`, {
      ...{ request, phase: "receive", requestSent: "yes" },
    });
  }
  return yield* withBrokenBody(response, { request, options, isHit });
}

function* withBrokenBody(
  response: Response,
  { request, options: { truncate, stall }, isHit }: {
    readonly request: Request;
    readonly options: FaultOptions;
    readonly isHit: (kind: "truncate" | "stall") => boolean;
  },
): DualFlow<Response> {
  const cut = truncate !== undefined && isHit("truncate") ? truncate : null;
  const stop = stall !== undefined && isHit("stall") ? stall : null;
  if (cut === null && stop === null) return response;
  yield* paused<unknown>(() => response.read(), () => bodyOf(response).load());
  const bytes = response.content;
  const afterBytes = Math.min(cut?.afterBytes ?? Infinity, stop?.afterBytes ?? Infinity);
  const headers = response.headers.copy();
  for (const name of ["content-encoding", "content-length"]) headers.delete(name); // it is decoded
  const { status, extensions } = response;
  if (bytes.length <= afterBytes) {
    return new Response(status, { headers, content: bytes, extensions, request });
  }
  const error = new ReadError(
    `Cannot finish ${nameOfRequest(request)}: cut after ${afterBytes} bytes by faults()`,
    { request, phase: "receive", requestSent: "yes", bytesReceived: afterBytes },
  );
  const stallMs = stop === null ? 0 : stop.maxMs ?? STALL_MS;
  const stream = new CutBody(bytes, {
    ...{ afterBytes, stallMs, request },
    error: cut === null ? null : error,
  });
  return new Response(status, { headers, stream, extensions, request });
}

/** The beginning of a body, then a pause, then the rest or an error. Leaving it ends the pause. */
class CutBody implements AsyncIterableIterator<Uint8Array<ArrayBuffer>, void> {
  readonly #parts: (Uint8Array<ArrayBuffer> | "pause" | ReadError)[];
  readonly #stallMs: number;
  readonly #request: Request;
  #endPause = () => {};

  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    { afterBytes, stallMs, error, request }: {
      readonly afterBytes: number;
      readonly stallMs: number;
      readonly error: ReadError | null;
      readonly request: Request;
    },
  ) {
    const first = bytes.subarray(0, afterBytes);
    const last = error ?? bytes.subarray(afterBytes);
    this.#parts = [...(afterBytes > 0 ? [first] : []), "pause", last];
    this.#stallMs = stallMs;
    this.#request = request;
  }

  async next(): Promise<IteratorResult<Uint8Array<ArrayBuffer>, void>> {
    const part = this.#parts.shift();
    if (part === undefined) return { done: true, value: undefined };
    if (part instanceof ReadError) throw part;
    if (part !== "pause") return { done: false, value: part };
    if (this.#stallMs > 0) await this.#pause();
    return await this.next();
  }

  return(): Promise<IteratorResult<Uint8Array<ArrayBuffer>, void>> {
    this.#parts.length = 0;
    this.#endPause();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends with the call, too. */
  #pause(): Promise<unknown> {
    const left = new Promise<void>((resolve) => {
      const stop = startTimeout(resolve, this.#stallMs);
      this.#endPause = () => {
        stop();
        resolve();
      };
    });
    const deadline = this.#request.extensions.call?.deadline;
    if (deadline === undefined) return left;
    return deadline.bound(() => left).finally(this.#endPause);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void startTimeout(resolve, ms));
}

/** A wait that ends with the call. */
function wait(request: Request, ms: number): DualFlow<unknown> {
  const deadline = request.extensions.call?.deadline;
  return paused<unknown>(() => deadline?.wait(ms) ?? pause(ms), () => {
    blockFor(ms);
    deadline?.throwIfOver();
  });
}

/** Fractions from 0 to below 1, the same on every runtime (mulberry32). */
function seededFraction(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
