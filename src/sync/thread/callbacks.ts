/** Functions of the caller's, called from the worker: the question goes to the caller's thread, which runs them. */
import type { Request } from "../../message/request.ts";
import type { TraceInfo } from "../../observe/trace.ts";
import type { CallHead, ReplyHead } from "./messages.ts";
import { message, type WorkerEndpoint } from "./endpoints.ts";
import { errorFrom, type ErrorRecord, errorRecord } from "./error_record.ts";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Calls that are under way. */
export class Callbacks {
  readonly #end: WorkerEndpoint;
  readonly #waiting = new Map<number, Waiting>();
  #lastCall = 0;

  constructor(end: WorkerEndpoint) {
    this.#end = end;
  }

  /** Calls one, for a request or (0) for none. Rejects with what it throws. */
  call(id: number, name: CallHead["name"], args: readonly unknown[]): Promise<unknown> {
    const call = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      const head: CallHead = { id, call, name, args };
      this.#end.answer(message("call", head));
    });
  }

  /** What a call came to. */
  settle({ call, value, error }: ReplyHead): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (error === null) waiting?.resolve(value);
    else waiting?.reject(errorFrom(error));
  }
}

/** The payload of an event as JSON can write it: requests and errors become what stands for them. */
export function plainInfo(info: TraceInfo): Record<string, unknown> {
  return Object.fromEntries(Object.entries(info).map(([name, value]) => [name, plain(value)]));
}

/** The payload that a plain one stands for. */
export function infoFrom(info: Readonly<Record<string, unknown>>, request: Request): TraceInfo {
  return Object.fromEntries(
    Object.entries(info).map(([name, value]) => [name, unplain(value, request)]),
  );
}

/** What stands for the request, or for an error. */
type Standing =
  | { readonly standsFor: "request" }
  | { readonly standsFor: "error"; readonly error: ErrorRecord };

function plain(value: unknown): unknown {
  if (value instanceof Error) return { standsFor: "error", error: errorRecord(value) };
  const isRequest = typeof value === "object" && value !== null && "method" in value;
  return isRequest ? { standsFor: "request" } : writable(value);
}

function unplain(value: unknown, request: Request): unknown {
  if (typeof value !== "object" || value === null || !("standsFor" in value)) return value;
  const standing = value as Standing; // nothing else has this key
  return standing.standsFor === "request" ? request : errorFrom(standing.error);
}

/** A value that JSON can write: what has circles or no end in it is left out. */
export function writable(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return null;
  }
}
