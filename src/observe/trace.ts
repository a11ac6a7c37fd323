/**
 * What happens on the way of one request, step by step, under the names of httpcore's events. The code that takes a step
 * reports its start and its end; without a listener there is no `Trace`, and a step costs one comparison.
 *
 * The network never waits for the callback: events are reported in order and one at a time, those that come while an
 * asynchronous callback is at work wait in line, and what is handed to the caller waits for that queue first
 * (`caughtUp()`). What the callback throws ends the request of the event, and is the error of that request.
 */

/**
 * A step on the way of a request: what is reported has started, and then is complete or has failed.
 *
 * - `connection.connect_tcp`, `connection.connect_unix_socket`: to the origin or to a proxy. What they give has the
 *   addresses of both ends.
 * - `connection.start_tls`: TLS with the connected peer. Its result has what was agreed.
 * - `connection.retry`: the pause before a connection is tried again.
 * - `connection.close`: of a connection that the pool closes. Only a logger gets it: it belongs to no request.
 * - `http_proxy.connect_tunnel`: `CONNECT`, sent to a proxy and answered. `http_proxy.start_tls`: TLS through it.
 * - `socks.setup_socks5_connection`: greeting, credentials and request of SOCKS5. `socks.start_tls`: TLS through it.
 * - `http11.…`, `http2.…`: the request and its response. `receive_response_headers` gives version (not of HTTP/2), status,
 *   reason (not of HTTP/2) and the headers as pairs; `receive_response_body` is from the first reading to the last.
 * - `http2.send_connection_init`: before the first request of a connection. `http2.receive_remote_settings` gives what the
 *   server has set, whenever it does.
 *
 * @example One that every request takes
 * ```ts
 * import { type TraceStep } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const step: TraceStep = "http11.send_request_headers";
 * assertEquals(step.split("."), ["http11", "send_request_headers"]);
 * ```
 */
export type TraceStep =
  | "connection.connect_tcp"
  | "connection.connect_unix_socket"
  | "connection.start_tls"
  | "connection.retry"
  | "connection.close"
  | "http_proxy.connect_tunnel"
  | "http_proxy.start_tls"
  | "socks.setup_socks5_connection"
  | "socks.start_tls"
  | "http11.send_request_headers"
  | "http11.send_request_body"
  | "http11.receive_response_headers"
  | "http11.receive_response_body"
  | "http11.response_closed"
  | "http2.send_connection_init"
  | "http2.send_request_headers"
  | "http2.send_request_body"
  | "http2.receive_remote_settings"
  | "http2.receive_response_headers"
  | "http2.receive_response_body"
  | "http2.response_closed";

/** What the start of each step reports. Times are milliseconds. */
export interface TraceSteps extends Readonly<Record<TraceStep, unknown>> {
  readonly "connection.connect_tcp": OfHost & { readonly local_address: string | null };
  readonly "connection.connect_unix_socket": {
    readonly path: string;
    readonly timeout: number | null;
  };
  readonly "connection.start_tls": OfTLS;
  readonly "connection.retry": Nothing;
  readonly "connection.close": Nothing;
  /** The origin, as it is sent to the proxy. */
  readonly "http_proxy.connect_tunnel": OfHost;
  readonly "http_proxy.start_tls": OfTLS;
  /** The origin, as it is sent to the proxy. */
  readonly "socks.setup_socks5_connection": OfHost;
  readonly "socks.start_tls": OfTLS;
  readonly "http11.send_request_headers": OfRequest;
  readonly "http11.send_request_body": OfRequest;
  readonly "http11.receive_response_headers": OfRequest;
  readonly "http11.receive_response_body": OfRequest;
  readonly "http11.response_closed": Nothing;
  readonly "http2.send_connection_init": OfRequest;
  readonly "http2.send_request_headers": OfStream;
  readonly "http2.send_request_body": OfStream;
  readonly "http2.receive_remote_settings": Nothing;
  readonly "http2.receive_response_headers": OfStream;
  readonly "http2.receive_response_body": OfStream;
  readonly "http2.response_closed": { readonly stream_id: number | null };
}

type Nothing = Readonly<Record<never, never>>;

interface OfHost {
  readonly host: string;
  readonly port: number;
  readonly timeout: number | null;
}

interface OfTLS {
  /** What TLS was asked to be. */
  readonly ssl_context: {
    readonly verify: boolean;
    readonly alpn_protocols: readonly string[];
  };
  readonly server_hostname: string;
  readonly timeout: number | null;
}

/** Steps that a request takes; `request` is the one that was sent. */
interface OfRequest {
  readonly request: object;
}

interface OfStream extends OfRequest {
  readonly stream_id: number | null;
}

/**
 * The name of an event: `connection.connect_tcp.started`, `http11.send_request_headers.complete`,
 * `http2.receive_response_body.failed` and so on, as in httpcore.
 *
 * @example One to wait for
 * ```ts
 * import { type TraceEvent } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const secured: TraceEvent = "connection.start_tls.complete";
 * assertEquals(secured.split("."), ["connection", "start_tls", "complete"]);
 * ```
 */
export type TraceEvent = `${TraceStep}.${"started" | "complete" | "failed"}`;

/**
 * What comes with an event, under httpcore's names: of a start what the step was given (`host`, `port`, `timeout`,
 * `request` …), of a completion `return_value`, of a failure `exception`.
 *
 * @example Of a start
 * ```ts
 * import { type TraceInfo } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const info: TraceInfo = { host: "example.org", port: 443, local_address: null, timeout: 5000 };
 * assertEquals(info.port, 443);
 * ```
 */
export type TraceInfo = Readonly<Record<string, unknown>>;

/**
 * `extensions.trace`: called for each step of a request, in order and one at a time.
 *
 * The network does not wait for it, but the response does: every event of what `await` gives was reported, and a
 * callback that never settles holds its request until `timeout.total` or the signal ends it. What it throws ends
 * the request, frees what that was using, and is what the call rejects with, whatever else went wrong; it is not called
 * again then.
 *
 * @example How long each step takes
 * ```ts
 * import { Client, type TraceCallback } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 * import { createServer } from "node:http";
 * import { once } from "node:events";
 * import { type AddressInfo } from "node:net";
 *
 * const server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
 * await once(server, "listening");
 * const { port } = server.address() as AddressInfo;
 *
 * const events: string[] = [];
 * const trace: TraceCallback = (event) => void events.push(event);
 * {
 *   await using client = new Client();
 *   await client.get(`http://127.0.0.1:${port}/`, { extensions: { trace } });
 * }
 * assertEquals(events[0], "connection.connect_tcp.started");
 * assertEquals(events.at(-1), "http11.response_closed.complete");
 * await new Promise((closed) => server.close(closed));
 * ```
 */
export type TraceCallback = (event: TraceEvent, info: TraceInfo) => unknown;

/** Called for each event beside the callback, at once; must not throw. */
export type TraceListener = (event: TraceEvent, info: TraceInfo) => void;

/** Who listens, and to the steps of which request. */
export interface TraceInit {
  readonly callback: TraceCallback | null;
  readonly listener: TraceListener | null;
  readonly request: object;
}

/** The events of one request. */
export class Trace {
  /** For the payload of events. */
  readonly request: object;
  readonly #callback: TraceCallback | null;
  readonly #listener: TraceListener | null;
  /** Events that wait for an asynchronous callback. */
  readonly #line: (readonly [event: TraceEvent, info: TraceInfo])[] = [];
  #isCalling = false;
  #failure: { readonly error: unknown } | null = null;
  #onFailure: ((error: unknown) => void) | null = null;
  #waiting: { resolve: () => void; reject: (error: unknown) => void } | null = null;

  constructor(init: TraceInit) {
    this.request = init.request;
    this.#callback = init.callback;
    this.#listener = init.listener;
  }

  /** A step begins. */
  start<Step extends TraceStep>(step: Step, info: TraceSteps[Step]): void {
    this.#tell(`${step}.started`, info as TraceInfo); // every payload is a record
  }

  /** A step has been taken, and has given this. */
  complete(step: TraceStep, returnValue: unknown = null): void {
    this.#tell(`${step}.complete`, { return_value: returnValue });
  }

  /** A step was not to be taken. */
  fail(step: TraceStep, error: unknown): void {
    this.#tell(`${step}.failed`, { exception: error });
  }

  /**
   * Sets what ends the work under way if the callback fails, in place of an earlier one. Called in a turn
   * of its own, never from inside `start()`, `complete()` or `fail()`.
   */
  onFailure(end: (error: unknown) => void): void {
    this.#onFailure = end;
    if (this.#failure !== null) this.#report();
  }

  /** What the callback has thrown, or `null`. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** @throws what the callback has thrown */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Whether an asynchronous callback is at work. */
  get isBehind(): boolean {
    return this.#isCalling;
  }

  /** Resolves once everything so far was reported; rejects with what the callback throws, or what `interrupt()` says. */
  caughtUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (!this.#isCalling) this.#settle();
    });
  }

  /** Ends the wait for the callback. It still gets the rest. */
  interrupt(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(error);
  }

  #tell(event: TraceEvent, info: TraceInfo): void {
    this.#listener?.(event, info);
    if (this.#callback === null || this.#failure !== null) return;
    if (this.#isCalling) this.#line.push([event, info]);
    else this.#call(this.#callback, event, info);
  }

  #call(callback: TraceCallback, event: TraceEvent, info: TraceInfo): void {
    try {
      const returned: unknown = callback(event, info);
      if (!isThenable(returned)) return;
      this.#isCalling = true;
      Promise.resolve(returned).then(this.#next, this.#fail);
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #next = (): void => {
    this.#isCalling = false;
    while (this.#callback !== null && !this.#isCalling && this.#failure === null) {
      const next = this.#line.shift();
      if (next === undefined) break;
      this.#call(this.#callback, ...next);
    }
    if (!this.#isCalling) this.#settle();
  };

  readonly #fail = (error: unknown): void => {
    this.#isCalling = false;
    this.#line.length = 0;
    this.#failure = { error };
    this.#report();
    this.#settle();
  };

  /** Not from inside the reporting code: an engine in the middle of its bytes can't be taken away. */
  #report(): void {
    queueMicrotask(() => {
      const end = this.#onFailure;
      this.#onFailure = null;
      if (end !== null && this.#failure !== null) end(this.#failure.error);
    });
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (this.#failure === null) waiting?.resolve();
    else waiting?.reject(this.#failure.error);
  }
}

/** Takes one step of connecting and reports it: its start, and what came of it. */
export async function traced<Step extends TraceStep, Value>(
  trace: Trace | null,
  { step, info, work, gives }: {
    readonly step: Step;
    readonly info: () => TraceSteps[Step];
    readonly work: () => Promise<Value>;
    /** What is reported of its result. Default: nothing. */
    readonly gives?: (value: Value) => unknown;
  },
): Promise<Value> {
  if (trace === null) return await work();
  trace.start(step, info());
  try {
    const value = await work();
    trace.complete(step, gives?.(value) ?? null);
    return value;
  } catch (error) {
    trace.fail(step, error);
    throw error;
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value;
}
