/**
 * The only place that decides what a new connection speaks.
 */
import type { Clock } from "../../clock/clock.ts";
import type { Deadline } from "../../clock/deadline.ts";
import { ConnectError, ConnectTimeout } from "../../errors.ts";
import { startNodeTLS } from "../../runtime/select_adapter.ts";
import { partLoader } from "../../runtime/load_part.ts";
import type { Socket } from "../../runtime/socket.ts";
import type { Dial } from "../dial/dial.ts";
import { connectWithRetries } from "../dial/retries.ts";
import type { Route } from "../dial/route.ts";
import type { TLSSettings } from "../../options/tls_settings.ts";
import type { Http1Limits } from "../http1/engine.ts";
import type { Connection } from "./connection.ts";
import type { Http2Limits } from "../http2/engine.ts";
import { Http1Connection } from "./http1_connection.ts";
import type { StartTLS } from "./upgraded_stream.ts";
import { type ConnectTimes, ExchangeTimes } from "../../semantics/exchange_times.ts";

/** Which versions of HTTP may be spoken; one of them at least. */
export interface Versions {
  readonly http1: boolean;
  readonly http2: boolean;
}

/** What every connection of a transport has in common. */
export interface OpenInit {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly versions: Versions;
  /** For TLS that a caller starts on an upgraded stream. */
  readonly tls: TLSSettings;
  /** How often a connection that could not be made is tried again. Default: 0. */
  readonly retries?: number;
  readonly http1Limits: Partial<Http1Limits>;
  readonly http2Limits: Partial<Http2Limits>;
}

/** One attempt to connect, and what may end it: the deadline through the controller, or the pool. */
export interface OpenWait {
  readonly deadline: Deadline;
  readonly controller: AbortController;
}

/** Makes connections. Rejects with an error of this library, or the reason of the controller. */
export type Open = (route: Route, wait: OpenWait) => Promise<Connection>;

/** What a pool makes connections by. */
export interface Opener {
  readonly open: Open;
  /** Whether a connection along the route may turn out to carry many exchanges at once. */
  mayShare(route: Route): boolean;
}

/** ALPN identifiers to offer, the preferred one first (RFC 7301, RFC 9113 §3.2). */
export function alpnProtocols({ http1, http2 }: Versions): readonly string[] {
  return [...(http2 ? ["h2"] : []), ...(http1 ? ["http/1.1"] : [])];
}

const loadHttp2 = /* @__PURE__ */ partLoader(() => import("./http2_connection.ts"));

/** Dials within the deadline's connect phase, and puts an engine on the socket. */
export function makeOpener(init: OpenInit): Opener {
  const { versions } = init;
  const memory = new VersionMemory();

  async function open(route: Route, wait: OpenWait): Promise<Connection> {
    const mayHttp2 = versions.http2 && !route.isHttp1 && !memory.requiresHttp1(route);
    // Loaded if it may be used, and before there is a socket: nothing can happen to that meanwhile.
    const http2 = mayHttp2 ? await loadHttp2() : null;
    const connected = await connectTo(route, wait, init, {
      isFallback: versions.http2 && !mayHttp2,
    });
    const { socket, times: connectTimes } = connected;
    if (http2 === null || !isHttp2(route, socket, versions)) {
      if (versions.http2) memory.onHttp1(route);
      return openHttp1(route, connected, init);
    }
    return new http2.Http2Connection({
      socket,
      connectTimes,
      clock: init.clock,
      peer: route.peer,
      scheme: route.target.scheme,
      limits: init.http2Limits,
      onHttp1Required: versions.http1 ? () => memory.requireHttp1(route) : null,
    });
  }

  function mayShare(route: Route): boolean {
    if (!versions.http2 || route.isHttp1) return false;
    return route.target.scheme === "https" ? memory.mayBeHttp2(route) : !versions.http1;
  }

  return { open, mayShare };
}

/** Of so many origins the version is remembered. */
const REMEMBERED_ORIGINS = 1000;

/** Origins whose servers have chosen, or require, HTTP/1.1. */
class VersionMemory {
  readonly #chosen = new Set<string>();
  readonly #required = new Set<string>();

  /** Whether a connection may turn out to be one of HTTP/2. */
  mayBeHttp2({ key }: Route): boolean {
    return !this.#chosen.has(key) && !this.#required.has(key);
  }

  requiresHttp1({ key }: Route): boolean {
    return this.#required.has(key);
  }

  onHttp1({ key }: Route): void {
    remember(this.#chosen, key);
  }

  requireHttp1({ key }: Route): void {
    remember(this.#required, key);
  }
}

function remember(origins: Set<string>, key: string): void {
  if (origins.size >= REMEMBERED_ORIGINS) origins.clear();
  origins.add(key);
}

/** What is offered to a server that requires HTTP/1.1. */
const HTTP1_ALONE = ["http/1.1"];

/** A socket, and how it came to be. */
interface Connected {
  readonly socket: Socket;
  readonly times: ConnectTimes;
}

async function connectTo(
  route: Route,
  { deadline, controller }: OpenWait,
  { dial, clock, retries = 0 }: OpenInit,
  { isFallback }: { readonly isFallback: boolean },
): Promise<Connected> {
  const { trace, connectLimitMs: limitMs } = deadline;
  const times: ConnectTimes = {
    startedAtMs: performance.now(),
    resolvedAtMs: null,
    securingAtMs: null,
    connectedAtMs: null,
  };
  const { queuedAtMs } = deadline;
  deadline.times = new ExchangeTimes(times, { isReused: false, queuedAtMs });
  const offer = isFallback ? { alpnProtocols: HTTP1_ALONE } : {};
  trace?.onFailure((error) => controller.abort(error));
  try {
    const socket = await connectWithRetries({
      connect: (signal) => {
        times.resolvedAtMs = times.securingAtMs = null; // of the last attempt
        return dial(route, { signal, trace, limitMs, times, ...offer });
      },
      retries,
      clock,
      deadline,
      controller,
      peer: route.peer,
    });
    times.connectedAtMs = performance.now();
    return { socket, times };
  } catch (error) {
    throw namingProxy(error, route);
  }
}

/** RFC 9113 §3.2, §3.3: by ALPN, or by prior knowledge if nothing else may be used in the clear. */
function isHttp2({ target }: Route, socket: Socket, versions: Versions): boolean {
  if (target.scheme === "https") return socket.tls?.alpnProtocol === "h2";
  return versions.http2 && !versions.http1;
}

/** @throws {ConnectError} if HTTP/1.1 may not be used */
function openHttp1(
  { peer, identity }: Route,
  { socket, times: connectTimes }: Connected,
  init: OpenInit,
): Http1Connection {
  if (!init.versions.http1) {
    socket.close();
    throw new ConnectError(
      `Cannot use HTTP/2 with ${peer}: the server did not choose "h2" (ALPN); allow http1`,
      { peer, phase: "tls", requestSent: "no", safeToRetry: true },
    );
  }
  const settings = identity?.settings ?? init.tls;
  return new Http1Connection({
    socket,
    connectTimes,
    clock: init.clock,
    peer,
    limits: init.http1Limits,
    startTLS: (socket, terms) => startTLSOver(socket, { ...settings, ...terms }),
  });
}

/** By `node:tls`, on every runtime: their own APIs can't begin while the socket is being read. */
function startTLSOver(
  socket: Socket,
  { signal, ...tls }: TLSSettings & Parameters<StartTLS>[1],
): Promise<Socket> {
  return startNodeTLS(socket, { tls: { ...tls, memory: null }, peer: tls.serverName, signal });
}

/** A connect timeout says through which proxy; other failures on the way to it have said so already. */
function namingProxy(error: unknown, { way }: Route): unknown {
  if (!(error instanceof ConnectTimeout) || way.kind === "direct") return error;
  const { message, phase = "connect", peer = "", safeToRetry } = error;
  return new ConnectTimeout(`${message}, through proxy ${way.proxy.name}`, {
    phase,
    peer,
    safeToRetry,
  });
}
