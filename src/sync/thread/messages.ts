/** What the heads of messages say, by kind. All of it is JSON. */
import type { TimeoutInit } from "../../message/timeout.ts";
import type { SocketFacts } from "../../semantics/network_stream.ts";
import type { PlainOptions, PlainProxy, PlainVerify } from "./option_codec.ts";
import type { ErrorRecord } from "./error_record.ts";

/** What the worker is started with. */
export interface WorkerInit {
  readonly memory: SharedArrayBuffer;
  readonly options: PlainOptions;
}

/** `send`: a request; its bytes are the body where `body` says so. */
export interface SendHead {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  /** Names and values in turn. */
  readonly lines: readonly string[];
  readonly body: BodyHead;
  readonly timeout: TimeoutInit | null;
  /** The total of the whole call, and what is left of it, in milliseconds; `null` without one. */
  readonly total: { readonly givenMs: number; readonly leftMs: number } | null;
  /** Extensions that a transport reads. */
  readonly extensions: SentExtensions;
  /** Which functions the caller has for it. */
  readonly calls: readonly ("informational" | "trace")[];
  /** Whether the body is read piece by piece, or else all of it, as far as it fits into one answer. */
  readonly isStreamed: boolean;
  /** The most that the decoded body may become; `null` for no limit. */
  readonly maxBytes: number | null;
}

/** Extensions of a request that its transport reads. */
export interface SentExtensions {
  readonly target?: string;
  readonly sni_hostname?: string;
  readonly proxy?: PlainProxy | null;
  readonly verify?: PlainVerify;
}

/** How a request's body comes: not at all, with the request, or when it is wanted. */
export type BodyHead =
  | { readonly kind: "none" }
  | { readonly kind: "here" }
  | {
    readonly kind: "wanted";
    readonly sizeBytes: number | null;
    readonly isReplayable: boolean;
  };

/** `piece`, `bodyEnd`, `bodyFailed` and `cancel` name their request; so does `done`. */
export interface IdHead {
  readonly id: number;
}

/** `want`: the next piece of a request's body, or its first one, once more. */
export interface WantHead extends IdHead {
  readonly fromStart: boolean;
}

/** As the bytes came; decoded; or decoded, and whole only if the body is small. */
export type ReadMode = "raw" | "decoded" | "small";

/** `read`: the next bytes of a response. */
export interface ReadHead extends IdHead {
  readonly mode: ReadMode;
  /** Whether as much is wanted as fits, or what there is. */
  readonly isStreamed: boolean;
}

/** `data`: bytes of a response, and how far it has come. */
export interface DataHead extends IdHead {
  readonly isDone: boolean;
  /** Bytes from the wire so far. */
  readonly bytesReceived: number;
  readonly trailers: readonly string[] | null;
}

/** `head`: a response's head, and maybe its first bytes. */
export interface AnswerHead extends DataHead {
  readonly status: number;
  readonly lines: readonly string[];
  /** Those that JSON can write. */
  readonly extensions: Readonly<Record<string, unknown>>;
  /** The connection: its name, and, where it is named first, what is known of it. */
  readonly connection: { readonly name: string; readonly facts: SocketFacts | null } | null;
  /** Whether the server left HTTP on this connection, which was then closed. */
  readonly isUpgraded: boolean;
}

/** `call`: a function of the caller's, wanted for a request or (0) for none. */
export interface CallHead extends IdHead {
  readonly call: number;
  readonly name: "informational" | "trace" | "log" | "resolve";
  readonly args: readonly unknown[];
}

/** `reply`: what it gave, or threw. */
export interface ReplyHead extends IdHead {
  readonly call: number;
  readonly value: unknown;
  readonly error: ErrorRecord | null;
}

/** `error`: what went wrong with a request or its response. */
export interface ErrorHead extends IdHead {
  readonly error: ErrorRecord;
}
