/**
 * Errors on their way from one thread to the other: what they are and say as a plain record, and the same class again on
 * the other side, with a stack that leads to the caller there.
 */
import {
  CloseError,
  ConnectError,
  ConnectTimeout,
  DecodingError,
  HTTPError,
  LocalProtocolError,
  NetworkError,
  PoolTimeout,
  ProtocolError,
  ProxyError,
  ReadError,
  ReadTimeout,
  RemoteProtocolError,
  RequestError,
  StreamClosed,
  StreamConsumed,
  TransportError,
  type TransportErrorInit,
  UnsupportedProtocol,
  WriteError,
  WriteTimeout,
} from "../../errors.ts";

/** An error as JSON can write it. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  /** The runtime's code, of errors of the system. */
  readonly code: string | null;
  /** What a `TransportError` knows. */
  readonly facts: Omit<TransportErrorInit, "cause" | "request"> | null;
  readonly cause: ErrorRecord | null;
}

type ErrorClass = new (message: string, init?: TransportErrorInit) => Error;

/** What a transport can throw, by name. */
const CLASSES: ReadonlyMap<string, ErrorClass> = new Map(
  Object.entries({
    ...{ HTTPError, RequestError, TransportError, DecodingError, UnsupportedProtocol, ProxyError },
    ...{ ConnectTimeout, ReadTimeout, WriteTimeout, PoolTimeout },
    ...{ NetworkError, ConnectError, ReadError, WriteError, CloseError },
    ...{ ProtocolError, LocalProtocolError, RemoteProtocolError },
    ...{ StreamConsumed, StreamClosed, TypeError, RangeError, SyntaxError },
  }),
);

/** Causes of causes end somewhere. */
const MAX_DEPTH = 4;

/** An error as a record. */
export function errorRecord(error: unknown, depth = 0): ErrorRecord {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), code: null, facts: null, cause: null };
  }
  const { name, message, cause } = error;
  const code: unknown = Reflect.get(error, "code");
  return {
    name,
    message,
    code: typeof code === "string" ? code : null,
    facts: error instanceof TransportError ? factsOf(error) : null,
    cause: cause === undefined || depth === MAX_DEPTH ? null : errorRecord(cause, depth + 1),
  };
}

/** V8 and JavaScriptCore: how many frames a stack has, by default 10. */
const stacks = Error as { stackTraceLimit?: number };
/** More than lie between here and the caller's own code. */
const OWN_FRAMES = 16;

/** The error that a record stands for, with a stack that reaches the caller. */
export function errorFrom(record: ErrorRecord): Error {
  const { stackTraceLimit: limit } = stacks;
  if (limit === undefined || limit === 0) return rebuilt(record);
  stacks.stackTraceLimit = limit + OWN_FRAMES;
  try {
    return rebuilt(record);
  } finally {
    stacks.stackTraceLimit = limit;
  }
}

function rebuilt(record: ErrorRecord): Error {
  const cause = record.cause === null ? {} : { cause: rebuilt(record.cause) };
  const Known = CLASSES.get(record.name);
  if (Known !== undefined) return new Known(record.message, { ...record.facts, ...cause });
  const error = new Error(record.message, cause);
  for (const name of ["name", "code"] as const) {
    const { [name]: value } = record;
    if (value === null) continue;
    Object.defineProperty(error, name, { value, configurable: true, writable: true });
  }
  return error;
}

function factsOf(error: TransportError): ErrorRecord["facts"] {
  const { phase, peer, reusedConnection, bytesSent, bytesReceived, requestSent, safeToRetry } =
    error;
  const facts = { reusedConnection, bytesSent, bytesReceived, requestSent, safeToRetry };
  return {
    ...facts,
    ...(phase === undefined ? {} : { phase }),
    ...(peer === undefined ? {} : { peer }),
  };
}
