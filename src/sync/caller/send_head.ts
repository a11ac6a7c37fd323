/** A request as it is sent to the worker. */
import { addressOf, bodySourceOf, type Request } from "../../message/request.ts";
import { type Timeout, type TimeoutInit, timeoutOf } from "../../message/timeout.ts";
import type { HTTPTransportOptions } from "../../transports/http_transport.ts";
import type { ProxyLike } from "../../transports/routing/proxy.ts";
import type { SyncHints } from "../../transports/transport.ts";
import type { Verify } from "../../options/tls_context.ts";
import type { BodyHead, SendHead, SentExtensions } from "../thread/messages.ts";
import { MAX_BYTES } from "../thread/channel.ts";
import { plainProxy, plainVerify } from "../thread/option_codec.ts";

/** Whether a request's body goes along with it. */
export function isSmall(request: Request): boolean {
  const bytes = bodySourceOf(request)?.bytes ?? null;
  return bytes !== null && bytes.length <= MAX_BYTES;
}

/**
 * The head of `send`.
 *
 * @throws {TypeError} for an extension of the wrong kind
 */
export function sendHead(
  request: Request,
  { id, hints, isHere, proxy }: {
    readonly id: number;
    readonly hints: SyncHints;
    readonly isHere: boolean;
    readonly proxy: HTTPTransportOptions["proxy"];
  },
): SendHead {
  const { method, url, headers, extensions } = request;
  const { on_informational: onInformational, trace, timeout } = extensions;
  if (trace !== undefined && trace !== null && typeof trace !== "function") {
    throw new TypeError('Cannot use extension "trace": it is no function');
  }
  return {
    id,
    method,
    url,
    lines: headers.lines,
    body: bodyHead(request, isHere),
    timeout: timeout === undefined ? null : sentTimeout(timeoutOf(timeout)),
    total: totalOf(request),
    extensions: sentExtensions(request, proxy),
    calls: [
      ...(typeof onInformational === "function" ? ["informational"] as const : []),
      ...(typeof trace === "function" ? ["trace"] as const : []),
    ],
    isStreamed: hints.isStreamed,
    maxBytes: hints.maxBytes === Infinity ? null : hints.maxBytes,
  };
}

/** A pool limit that is the client's default is left out: the worker has the same. */
function sentTimeout(timeout: Timeout): TimeoutInit {
  const { pool, ...limits } = timeout.toJSON();
  return timeout.poolMeasuresProgress ? limits : { ...limits, pool };
}

/** Another thread has another `performance.now()`: the rest of the time is sent. */
function totalOf({ extensions: { call } }: Request): SendHead["total"] {
  if (call === undefined || call.deadline.totalMs === null) return null;
  return { givenMs: call.deadline.totalMs, leftMs: call.deadline.remainingMs() };
}

function bodyHead(request: Request, isHere: boolean): BodyHead {
  const bodySource = bodySourceOf(request);
  if (bodySource === null) return { kind: "none" };
  if (isHere) return { kind: "here" };
  const { sizeBytes, isReplayable } = bodySource;
  return { kind: "wanted", sizeBytes, isReplayable };
}

/** What a function chooses is chosen here: the worker can't wait for it. */
function sentExtensions(
  request: Request,
  option: HTTPTransportOptions["proxy"],
): SentExtensions {
  const { extensions } = request;
  const origin = addressOf(request);
  const { target, sni_hostname, verify, proxy } = extensions;
  const chosen = proxy === undefined && typeof option === "function" ? option(origin) : proxy;
  return {
    ...(target === undefined ? {} : { target: textOf(target) }),
    ...(sni_hostname === undefined ? {} : { sni_hostname: sni_hostname as string }),
    ...(verify === undefined ? {} : { verify: plainVerify(verify as Verify) }),
    ...(chosen === undefined
      ? {}
      : { proxy: chosen === null ? null : plainProxy(chosen as ProxyLike, 'extension "proxy"') }),
  };
}

function textOf(target: unknown): string {
  if (typeof target === "string") return target;
  if (target instanceof Uint8Array) return new TextDecoder().decode(target);
  throw new TypeError('Cannot use extension "target": it is neither a string nor bytes');
}
