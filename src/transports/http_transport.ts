/**
 * The bridge between what callers hold (`message/`) and what the network sees (`wire/`): a request is
 * routed, gets a connection of the pool, is exchanged, and comes back as a response.
 */
import { Clock } from "../clock/clock.ts";
import { Deadline, type TimeoutLimits } from "../clock/deadline.ts";
import { CloseError, HTTPError } from "../errors.ts";
import { useDecoders } from "../message/content/decoding/content_coding.ts";
import { zlibDecoders } from "../message/content/decoding/zlib_decoder.ts";
import { Headers } from "../message/headers.ts";
import { checkLimits, type Limits } from "../message/limits.ts";
import type { Request } from "../message/request.ts";
import { Response } from "../message/response/response.ts";
import "../message/whole.ts";
import { hasSockets } from "../runtime/pick.ts";
import type { FieldSection } from "../semantics/fields.ts";
import type { IncomingResponse, OutgoingRequest } from "../wire/connection/connection.ts";
import { alpnProtocols, makeOpener, type Versions } from "../wire/connection/open.ts";
import { mayReplay } from "../wire/connection/replay.ts";
import { makeDial } from "../wire/dial/dial.ts";
import { directRoute, type Route } from "../wire/dial/route.ts";
import { makeConnectTCP } from "../wire/dial/tcp.ts";
import { type ClientCertificate, tlsSettings, type Verify } from "../wire/dial/tls_context.ts";
import { Pool } from "../wire/pool/pool.ts";
import { checkScheme } from "./check_scheme.ts";
import { OwnTrust } from "./own_trust.ts";
import type { Transport } from "./transport.ts";

// What comes over sockets is decoded here; fetch does that by itself, and its entry has no use for these decoders.
useDecoders(zlibDecoders);

/** Options of an `HTTPTransport`. */
export interface HTTPTransportOptions {
  /**
   * Whom to trust: `true` for the runtime's authorities, `false` for anybody, a CA bundle as a path or PEM text, or what
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
  /** Whether `SSL_CERT_FILE`, `SSL_CERT_DIR` and `SSLKEYLOGFILE` count. Default: `true`. */
  readonly trustEnv?: boolean | undefined;
  /** Connect to this UNIX socket, whatever the URL's host. */
  readonly uds?: string | null | undefined;
  /** Connect from this address of the machine. */
  readonly localAddress?: string | null | undefined;
  /** The largest response head that is taken, in bytes. Default: 102,400. */
  readonly maxHeaderBytes?: number | undefined;
}

const NO_LIMITS: TimeoutLimits = {
  pool: null,
  connect: null,
  write: null,
  read: null,
  total: null,
};

/** Told of each 1xx response but 101: `extensions.on_informational`. */
export type OnInformational = (status: number, headers: Headers) => void;

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
  readonly #clock = new Clock();
  readonly #pool: Pool;
  readonly #routes = new Map<string, Route>();
  readonly #ownTrust: OwnTrust;

  /**
   * Makes a pool; it connects when it is asked to.
   *
   * @throws {TypeError} for a certificate or key that can't be used, and on a runtime that has no sockets
   * @throws {RangeError} for a limit out of range
   */
  constructor(options: HTTPTransportOptions = {}) {
    if (!hasSockets()) {
      throw new TypeError(
        "Cannot make an HTTPTransport: this runtime has no sockets; use FetchTransport",
      );
    }
    const { uds = null, localAddress = null, trustEnv = true, maxHeaderBytes } = options;
    const limits = checkLimits(options.limits);
    const tls = tlsSettings({ verify: options.verify, cert: options.cert, trustEnv });
    const versions = versionsFrom(options);
    this.#ownTrust = new OwnTrust(tls, { verify: options.verify ?? true, trustEnv, versions });
    const opener = makeOpener({
      clock: this.#clock,
      dial: makeDial({
        tls,
        uds,
        connectTCP: makeConnectTCP({ localAddress }),
        alpnProtocols: alpnProtocols(versions),
      }),
      versions,
      http1Limits: maxHeaderBytes === undefined ? {} : { maxHeadBytes: maxHeaderBytes },
      http2Limits: maxHeaderBytes === undefined ? {} : { maxHeaderListBytes: maxHeaderBytes },
    });
    this.#pool = new Pool({
      ...opener,
      clock: this.#clock,
      limits: {
        maxConnections: limits.maxConnections,
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
    const route = this.#route(request);
    const deadline = new Deadline(this.#clock, {
      limits: (request.extensions.timeout as TimeoutLimits | undefined) ?? NO_LIMITS,
      signal: request.signal,
      request,
    });
    const outgoing = toOutgoing(request);
    try {
      const acquired = this.#pool.acquire(route, deadline);
      const connection = acquired instanceof Promise ? await acquired : acquired;
      return toResponse(request, await connection.exchange(outgoing, deadline));
    } catch (error) {
      if (mayReplay(error)) return await this.#replay({ request, outgoing, route, deadline });
      deadline.finish();
      throw withRequest(error, request);
    }
  }

  /** Closes every connection. Calls that are under way fail with a `CloseError`. */
  async close(): Promise<void> {
    await this.#pool.close(new CloseError("the client was closed"));
  }

  /** How many connections and waiting calls there are. */
  get stats(): { connecting: number; active: number; idle: number; waiting: number } {
    return this.#pool.stats;
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
      return toResponse(request, await connection.exchange(outgoing, deadline));
    } catch (error) {
      deadline.finish();
      throw withRequest(error, request);
    }
  }

  #route(request: Request): Route {
    const { target, extensions } = request;
    if (extensions.verify !== undefined || extensions.sni_hostname !== undefined) {
      checkScheme(request);
      const identity = this.#ownTrust.identityFor(extensions);
      return directRoute(target, target.scheme === "https" ? identity : null);
    }
    const known = this.#routes.get(target.origin);
    if (known !== undefined) return known;
    checkScheme(request);
    const route = directRoute(target);
    // Origins come from servers too (redirects): the list of them must not grow for ever.
    if (this.#routes.size >= 1000) this.#routes.clear();
    this.#routes.set(target.origin, route);
    return route;
  }
}

function versionsFrom({ http1 = true, http2 = false }: HTTPTransportOptions): Versions {
  for (const [name, value] of Object.entries({ http1, http2 })) {
    if (typeof value !== "boolean") {
      throw new TypeError(`Cannot use option "${name}": it is neither true nor false`);
    }
  }
  if (http1 || http2) return { http1, http2 };
  throw new TypeError("Cannot use http1 and http2 both false: nothing is left to speak");
}

function toOutgoing(request: Request): OutgoingRequest {
  const { target: given, on_informational: onInformational } = request.extensions;
  return {
    method: request.method,
    url: request.url,
    target: given === undefined ? request.target.requestTarget : targetFrom(given),
    fields: request.headers.lines,
    body: request.bodySource,
    onInformational: typeof onInformational === "function"
      ? (status: number, fields: FieldSection) =>
        (onInformational as OnInformational)(status, Headers.fromSection(fields))
      : null,
  };
}

/** `extensions.target`: a request target that no URL can express, `*` or an absolute form. */
function targetFrom(target: unknown): string {
  if (typeof target === "string") return target;
  if (target instanceof Uint8Array) return new TextDecoder().decode(target);
  throw new TypeError('Cannot use extension "target": it is neither a string nor bytes');
}

function toResponse(request: Request, incoming: IncomingResponse): Response {
  const { version, status, reason, fields, body, upgraded } = incoming;
  const extensions: Record<string, unknown> = version === "HTTP/2"
    ? { http_version: version }
    : { http_version: version, reason_phrase: reason };
  if (upgraded !== null) extensions.network_stream = upgraded;
  const headers = Headers.fromSection(fields);
  return new Response(status, { headers, stream: body, request, extensions });
}

function withRequest(error: unknown, request: Request): unknown {
  if (error instanceof HTTPError) error.request ??= request;
  return error;
}
