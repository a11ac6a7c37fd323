/** Connecting as the steps that a trace receives: TCP or a UNIX socket, then TLS. */
import type { Trace, TraceStep, TraceSteps } from "../../observe/trace.ts";
import type { ConnectOptions, TLSOptions } from "../../runtime/connect_options.ts";
import type { ConnectTimes } from "../../semantics/exchange_times.ts";
import type { Socket } from "../../runtime/socket.ts";
import type { SocketFacts } from "../../semantics/network_stream.ts";

/** One attempt to connect. */
export interface Attempt {
  /** Ends it; the promise then rejects with its reason. */
  readonly signal: AbortSignal;
  /** Receives its steps. */
  readonly trace: Trace | null;
  /** How long it may take, in milliseconds, for the trace. The signal is what ends it. */
  readonly limitMs: number | null;
  /** Where the steps are written down. Default: nowhere. */
  readonly times?: ConnectTimes;
  /** What to offer the origin by ALPN, if not what the transport offers. */
  readonly alpnProtocols?: readonly string[];
}

/** The trace, and what connects. */
export interface TraceConnectInit extends Pick<Attempt, "trace" | "limitMs" | "times"> {
  /** Calls `onReached` once at least if TLS follows. */
  readonly connect: (options: ConnectOptions) => Promise<Socket>;
}

/** Connects, and reports the start and the outcome of each step. */
export async function traceConnect(
  options: ConnectOptions,
  { trace, limitMs, times, connect }: TraceConnectInit,
): Promise<Socket> {
  const { tls } = options;
  const onReached = () => {
    if (tls !== null && times !== undefined) times.securingAtMs ??= performance.now();
  };
  if (trace === null) return await connect({ ...options, onReached });
  let step: TraceStep = startConnecting(trace, options, limitMs);
  try {
    const socket = await connect({
      ...options,
      onReached: (ends) => {
        onReached();
        // Addresses may be tried side by side: the first that answers ends the step.
        if (tls === null || step === "connection.start_tls") return;
        trace.complete(step, { ...ends, tls: null });
        step = "connection.start_tls";
        trace.start(step, securingInfo(tls, limitMs));
      },
    });
    trace.complete(step, factsOf(socket));
    return socket;
  } catch (error) {
    trace.fail(step, error);
    throw error;
  }
}

/** What a trace receives of a socket: not the socket itself, which belongs to the connection. */
export function factsOf({ localAddress, remoteAddress, tls }: SocketFacts): SocketFacts {
  return { localAddress, remoteAddress, tls };
}

/** What a trace receives when TLS starts. */
export function securingInfo(
  { serverName, verify, alpnProtocols }: TLSOptions,
  limitMs: number | null,
): TraceSteps["connection.start_tls"] {
  return {
    ssl_context: { verify, alpn_protocols: alpnProtocols },
    server_hostname: serverName,
    timeout: limitMs,
  };
}

function startConnecting(
  trace: Trace,
  { host, port, path, localAddress }: ConnectOptions,
  timeout: number | null,
): TraceStep {
  if (path !== undefined) {
    trace.start("connection.connect_unix_socket", { path, timeout });
    return "connection.connect_unix_socket";
  }
  const info = { host, port, local_address: localAddress ?? null, timeout };
  trace.start("connection.connect_tcp", info);
  return "connection.connect_tcp";
}
