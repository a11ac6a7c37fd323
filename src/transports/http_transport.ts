/**
 * The bridge between what callers hold (`message/`) and what the network sees (`wire/`): a request is
 * routed, gets a connection of the pool, is exchanged, and comes back as a response.
 */
import { Clock } from "../clock/clock.ts";
import { Deadline } from "../clock/deadline.ts";
import { CloseError, HTTPError } from "../errors.ts";
import { badOption, checkOptionNames } from "../options/bad_option.ts";
import { PLATFORM_DECODING } from "../message/content/decoding/platform_decoding.ts";
import { headersFromSection } from "../message/headers.ts";
import { checkLimits, type Limits } from "../options/limits.ts";
import type { Request } from "../message/request.ts";
import { bodyOf, Response } from "../message/response/response.ts";
import { timeoutOf } from "../message/timeout.ts";
import { ExchangeTimes, timingsOf } from "../semantics/exchange_times.ts";
import type { Timings } from "../timings.ts";
import type { SocketOptions } from "../runtime/connect_options.ts";
import { nameOfRequest } from "../observe/mask.ts";
import { hasSockets } from "../runtime/select_adapter.ts";
import { checkLogger, type Logger, networkLog } from "../observe/logger.ts";
import { Trace, type TraceCallback } from "../observe/trace.ts";
import type { TransportUsage } from "../observe/usage.ts";
import type { IncomingResponse, OutgoingRequest } from "../wire/connection/connection.ts";
import { alpnProtocols, makeOpener, type Versions } from "../wire/connection/open.ts";
import { makeDial } from "../wire/dial/dial.ts";
import { checkDialOptions } from "../wire/dial/dial_options.ts";
import type { ResolveInit } from "../wire/dial/resolve.ts";
import { totalConnectMs } from "../wire/dial/retries.ts";
import { overHttp1, type Route } from "../wire/dial/route.ts";
import { makeConnectTCP } from "../wire/dial/tcp.ts";
import { type ClientCertificate, tlsSettings, type Verify } from "../options/tls_context.ts";
import { Pool } from "../wire/pool/pool.ts";
import { Forwarding } from "./routing/forwarding.ts";
import { toOutgoing } from "./routing/outgoing.ts";
import { RequestTLS } from "./request_tls.ts";
import { proxyFrom } from "./routing/environment_proxies.ts";
import type { ProxyLike } from "./routing/proxy.ts";
import { type ChooseProxy, RequestRoutes } from "./routing/request_routes.ts";
import { appendAsyncStack } from "./http/async_stack.ts";
import { flushTrace, withTracedBody } from "./http/traced_body.ts";
import type { Transport } from "./transport.ts";

/** Options of an `HTTPTransport`. */
export interface HTTPTransportOptions {
  /**
   * The trusted authorities: `true` for the runtime's authorities, `false` for no check, a CA bundle as a path or PEM text, or what
   * `createTLSContext()` made. Default: `true`.
   */
  readonly verify?: Verify | undefined;
  /** A client certificate: path or PEM with both, `[cert, key]`, or `[cert, key, passphrase]`. */
  readonly cert?: ClientCertificate | null | undefined;
  /** Whether HTTP/1.1 may be spoken. Default: `true`. */
  readonly http1?: boolean | undefined;
  /**
   * Whether HTTP/2 may be spoken: to `https:` where the server agrees (ALPN), to `http:` only without `http1`, by prior
   * knowledge. Default: `false`.
   */
  readonly http2?: boolean | undefined;
  /** How many connections there may be. Default: 100 in all, 20 idle, for 5000 ms. */
  readonly limits?: Limits | undefined;
  /**
   * Whether the environment counts: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` if there is no `proxy`,
   * `SSL_CERT_FILE`, `SSL_CERT_DIR` and `SSLKEYLOGFILE`. Default: `true`.
   */
  readonly trustEnv?: boolean | undefined;
  /**
   * The proxy for every request, or a function that chooses one by where a request leads; `null` is none. A request may
   * bring its own. Default: the proxies of the environment, unless `trustEnv` is `false`.
   */
  readonly proxy?: ProxyLike | ChooseProxy | null | undefined;
  /** Connect to this UNIX socket, whatever the URL's host. */
  readonly uds?: string | null | undefined;
  /** Connect from this IP address of the machine; only peers of its family can be reached. Not with `uds`. */
  readonly localAddress?: string | null | undefined;
  /**
   * How often a connection that could not be made is tried again: at once, then after 500 ms, 1000 ms, 2000 ms and so
   * on. Each attempt has the whole `timeout.connect`; `timeout.total` bounds them all. Requests are never repeated by
   * this. Default: 0.
   */
  readonly retries?: number | undefined;
  /** Options of TCP sockets. */
  readonly socketOptions?: SocketOptions | null | undefined;
  /**
   * Finds the addresses of host names, or says some of them; what it leaves open the system answers. It is asked for
   * each connection, a proxy's too, but not about an address that stands in a URL. Certificates are still checked for
   * the URL's host. Not with `uds`.
   */
  readonly resolve?: ResolveInit | null | undefined;
  /** The largest response head that is taken, in bytes. Default: 102,400. */
  readonly maxHeaderBytes?: number | undefined;
  /** Called for each step on the network, as httpcore logs it. A `Client` hands its own to the transport it makes. */
  readonly logger?: Logger | null | undefined;
}

const OPTION_NAMES: { readonly [Name in keyof HTTPTransportOptions]-?: true } = {
  verify: true,
  cert: true,
  http1: true,
  http2: true,
  limits: true,
  trustEnv: true,
  proxy: true,
  uds: true,
  localAddress: true,
  retries: true,
  socketOptions: true,
  resolve: true,
  maxHeaderBytes: true,
  logger: true,
};
const KNOWN: ReadonlySet<string> = /* @__PURE__ */ new Set(
  /* @__PURE__ */ Object.keys(OPTION_NAMES),
);

/**
 * Pooled connections over the runtime's own sockets: what a `Client` uses unless it is given another transport.
 *
 * @example A transport of one's own settings, behind a pattern
 * ```ts
 * import { Client, HTTPTransport } from "@httpx/httpx";
 * import { assert } from "@std/assert";
 *
 * const docker = new HTTPTransport({ uds: "/var/run/docker.sock" });
 * await using client = new Client({ mounts: { "http://docker": docker } });
 * assert(!client.isClosed);
 * ```
 */
export class HTTPTransport implements Transport {
  /** Its timeouts and signals end each exchange. */
  readonly keepsDeadline = true;
  readonly #clock = new Clock();
  readonly #logger: Logger | null;
  readonly #pool: Pool;
  readonly #versions: Versions;
  readonly #routes: RequestRoutes;
  readonly #forwarding = new Forwarding();

  /**
   * Makes a pool; it connects when it is asked to.
   *
   * @throws {TypeError} for an option of the wrong kind, a certificate or key that can't be used, and on a runtime that
   * has no sockets
   * @throws {RangeError} for a limit out of range
   */
  constructor(options: HTTPTransportOptions = {}) {
    if (!hasSockets()) {
      throw new TypeError(
        "Cannot make an HTTPTransport: this runtime has no sockets; use FetchTransport",
      );
    }
    checkOptionNames("new HTTPTransport()", { options, known: KNOWN });
    this.#logger = checkLogger(options.logger);
    const { maxHeaderBytes } = options;
    if (maxHeaderBytes !== undefined && !(Number.isInteger(maxHeaderBytes) && maxHeaderBytes > 0)) {
      throw badOption("maxHeaderBytes", "give a whole number, 1 or more");
    }
    const trustEnv = checkFlag("trustEnv", options.trustEnv ?? true);
    const limits = checkLimits(options.limits);
    const dialing = checkDialOptions(options);
    const tls = tlsSettings({ verify: options.verify, cert: options.cert, trustEnv });
    const versions = this.#versions = versionsFrom(options);
    const ownTrust = new RequestTLS(tls, { verify: options.verify ?? true, trustEnv, versions });
    const proxy = proxyFrom(options);
    this.#routes = new RequestRoutes({ proxy, uds: dialing.uds, ownTrust, trustEnv, versions });
    const opener = makeOpener({
      clock: this.#clock,
      dial: makeDial({
        tls,
        uds: dialing.uds,
        resolve: dialing.resolve,
        connectTCP: makeConnectTCP({ ...dialing, clock: this.#clock }),
        alpnProtocols: alpnProtocols(versions),
      }),
      versions,
      tls,
      retries: dialing.retries,
      http1Limits: maxHeaderBytes === undefined ? {} : { maxHeadBytes: maxHeaderBytes },
      http2Limits: maxHeaderBytes === undefined ? {} : { maxHeaderListBytes: maxHeaderBytes },
    });
    this.#pool = new Pool({
      ...opener,
      clock: this.#clock,
      totalConnectMs: (limitMs) => totalConnectMs(limitMs, dialing.retries),
      listener: (event, info) => networkLog(this.#logger)?.(event, info),
      limits: {
        maxConnections: limits.maxConnections,
        isDefault: options.limits?.maxConnections === undefined,
        maxKeepaliveConnections: limits.maxKeepaliveConnections,
        keepaliveExpiryMs: limits.keepaliveExpiry,
      },
    });
  }

  /**
   * Sends a request and resolves with the head of its response.
   *
   * @throws {TransportError} for everything that can go wrong on the way; the reason of the request's signal
   */
  async handleRequest(request: Request): Promise<Response> {
    const route = this.#routes.of(request);
    const deadline = new Deadline(this.#clock, {
      limits: timeoutOf(request.extensions.timeout),
      signal: request.signal,
      request,
      call: request.extensions.call?.deadline ?? null,
      trace: this.#trace(request),
    });
    const outgoing = toOutgoing(request, route.way);
    try {
      const acquired = this.#forwarding.mayReuse(request, route)
        ? this.#pool.acquire(route, deadline)
        : this.#pool.acquireNew(route, deadline);
      const connection = acquired instanceof Promise ? await acquired : acquired;
      let incoming = await connection.exchange(outgoing, deadline);
      if (deadline.trace !== null) incoming = await withTracedBody(incoming, deadline);
      if (route.way.kind === "forwarded") await this.#forwarding.check(route, incoming);
      return toResponse(request, incoming);
    } catch (error) {
      if (outgoing.mayReplay) return await this.#replay({ request, outgoing, route, deadline });
      // An Upgrade that HTTP/2 has no place for: nothing of it was sent.
      if (outgoing.needsHttp1 && this.#versions.http1) {
        return await this.#replay({ request, outgoing, route: overHttp1(route), deadline });
      }
      throw await failed(error, { request, deadline });
    }
  }

  /**
   * Opens a connection that such a request could use, unless one is idle or the pool is full. A failure is not reported:
   * the request will meet it.
   *
   * @throws {UnsupportedProtocol} for another scheme than http and https
   */
  preconnect(request: Request): void {
    const deadline = new Deadline(this.#clock, {
      limits: timeoutOf(request.extensions.timeout),
      signal: null,
      request,
    });
    this.#pool.preconnect(this.#routes.of(request), deadline);
  }

  /** Closes every connection. Calls that are under way fail with a `CloseError`. */
  async close(): Promise<void> {
    await this.#pool.close(CLOSED);
  }

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** How many connections and waiting calls there are. */
  get stats(): { connecting: number; active: number; idle: number; waiting: number } {
    return this.#pool.stats;
  }

  /** The same by origin, with streams and bytes. Walks the lists of the pool; nothing is counted before it is called. */
  usage(): TransportUsage {
    return this.#pool.usage();
  }

  /** Once, on a connection of its own: the idle one had been closed by the server (RFC 9112 §9.3.1). */
  async #replay(
    { request, outgoing, route, deadline }: {
      request: Request;
      outgoing: OutgoingRequest;
      route: Route;
      deadline: Deadline;
    },
  ): Promise<Response> {
    try {
      const connection = await this.#pool.acquireNew(route, deadline);
      let incoming = await connection.exchange(outgoing, deadline);
      if (deadline.trace !== null) incoming = await withTracedBody(incoming, deadline);
      if (route.way.kind === "forwarded") await this.#forwarding.check(route, incoming);
      return toResponse(request, incoming);
    } catch (error) {
      throw await failed(error, { request, deadline });
    }
  }

  /** The trace of a request; `null` without a listener. */
  #trace(request: Request): Trace | null {
    const { trace } = request.extensions;
    const listener = networkLog(this.#logger);
    if (listener === null && (trace === undefined || trace === null)) return null;
    return new Trace({ callback: callbackFrom(trace), listener, request });
  }
}

function versionsFrom(options: HTTPTransportOptions): Versions {
  const http1 = checkFlag("http1", options.http1 ?? true);
  const http2 = checkFlag("http2", options.http2 ?? false);
  if (http1 || http2) return { http1, http2 };
  throw new TypeError("Cannot use http1 and http2 both false: nothing is left to speak");
}

function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw badOption(name, "it is neither true nor false");
}

function toResponse(request: Request, incoming: IncomingResponse): Response {
  const { version, status, reason, fields, body, stream, streamId } = incoming;
  const extensions = version === "HTTP/2"
    ? { http_version: version, stream_id: streamId, network_stream: stream }
    : { http_version: version, reason_phrase: reason, network_stream: stream };
  const headers = headersFromSection(fields);
  const response = new Response(status, { headers, stream: body, request, extensions });
  bodyOf(response).decoding = PLATFORM_DECODING;
  return response;
}

/** `extensions.trace`: a function. */
function callbackFrom(trace: unknown): TraceCallback | null {
  if (trace === undefined || trace === null) return null;
  if (typeof trace === "function") return trace as TraceCallback; // its parameters can't be looked at
  throw new TypeError('Cannot use extension "trace": it is no function');
}

/** The error of a request, once its trace has reported it. */
async function failed(
  error: unknown,
  { request, deadline }: { readonly request: Request; readonly deadline: Deadline },
): Promise<unknown> {
  const { trace } = deadline;
  if (trace !== null) await flushTrace(trace, deadline).catch(() => {}); // the error is there already
  deadline.finish();
  return trace?.failure?.error ?? withRequest(error, request, deadline);
}

function withRequest(error: unknown, request: Request, deadline: Deadline): unknown {
  if (error === CLOSED) {
    const message = `Cannot send ${nameOfRequest(request)}: ${CLOSED.message}`;
    return new CloseError(message, { request, phase: "pool", safeToRetry: true });
  }
  if (error instanceof HTTPError) {
    error.timings ??= timingsOfFailure(deadline);
    error.request ??= request;
    appendAsyncStack(error);
  }
  return error;
}

/** What was measured before a failure; one without a connection has waited for one. */
function timingsOfFailure({ times, queuedAtMs }: Deadline): Timings {
  const measured = times ?? new ExchangeTimes(null, { isReused: false, queuedAtMs });
  const endedAtMs = performance.now();
  return timingsOf(measured, { endedAtMs, httpVersion: null, facts: null });
}

/** Why a pool releases its connections: shared by every call. */
const CLOSED = /* @__PURE__ */ new CloseError("the client was closed");
