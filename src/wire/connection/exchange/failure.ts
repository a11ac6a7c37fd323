/**
 * Why a connection has given up an exchange: a reason without the request, and what it means for sending that again.
 * The exchange, which knows the request and the counts, makes the caller's error of it.
 */
import {
  CloseError,
  LocalProtocolError,
  ReadError,
  RemoteProtocolError,
  type TransportErrorInit,
  WriteError,
} from "../../../errors.ts";

/**
 * What the peer has made of the request:
 *
 * - `unprocessed`: it has said that it did nothing (RFC 9113 §8.7).
 * - `rejected`: it has ended this one request, and the connection lives.
 * - `lost`: the connection is gone, and nothing was said.
 */
export type Verdict = "unprocessed" | "rejected" | "lost";

/** What a failure is made of. */
export interface FailureInit {
  /** Who must act: the peer broke the protocol, the caller did, the network failed, or the client was closed. */
  readonly by: "peer" | "caller" | "network" | "client";
  /** In words, without the request. */
  readonly reason: string;
  /** Default: `lost`. */
  readonly verdict?: Verdict;
  readonly cause?: unknown;
}

/** Why an exchange was given up. */
export class Failure {
  readonly by: FailureInit["by"];
  readonly reason: string;
  readonly verdict: Verdict;
  readonly cause: unknown;

  constructor(init: FailureInit) {
    this.by = init.by;
    this.reason = init.reason;
    this.verdict = init.verdict ?? "lost";
    this.cause = init.cause;
  }

  /** What an engine refuses is a reason without the request; what others throw is the caller's own and stays as it is. */
  static ofEngine(error: unknown): unknown {
    if (error instanceof RemoteProtocolError) {
      return new Failure({ by: "peer", reason: error.message, cause: error.cause });
    }
    if (error instanceof LocalProtocolError) {
      return new Failure({ by: "caller", reason: error.message });
    }
    return error;
  }

  /** What a socket reports. */
  static ofSocket(error: Error): Failure {
    return new Failure({ by: "network", reason: error.message, cause: error.cause ?? error });
  }

  /** The error that a caller gets. */
  toError(subject: string, facts: TransportErrorInit): Error {
    const init = this.cause === undefined ? facts : { ...facts, cause: this.cause };
    const { reason } = this;
    switch (this.by) {
      case "peer":
        return new RemoteProtocolError(`Cannot read the response to ${subject}: ${reason}`, init);
      case "caller":
        return new LocalProtocolError(`Cannot send ${subject}: ${reason}`, facts);
      case "client":
        return new CloseError(`Cannot finish ${subject}: ${reason}`, facts);
      case "network":
        return facts.phase === "send"
          ? new WriteError(`Connection broke while sending ${subject}: ${reason}`, init)
          : new ReadError(`Connection broke while receiving ${subject}: ${reason}`, init);
    }
  }
}
