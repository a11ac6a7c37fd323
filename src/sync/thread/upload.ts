/** The body of a request on the worker's side: pieces that are asked of the caller when the wire has room for them. */
import type { BodySource } from "../../semantics/body.ts";
import type { IdHead, WantHead } from "./messages.ts";
import type { Kind } from "./channel.ts";
import { message, type WorkerEndpoint } from "./endpoints.ts";

/** What the caller said last. */
type Piece = IteratorResult<Uint8Array, void>;

/** A body that the caller hands over piece by piece. */
export class Upload implements BodySource {
  readonly bytes = null;
  readonly sizeBytes: number | null;
  readonly isReplayable: boolean;
  readonly #id: number;
  readonly #end: WorkerEndpoint;
  #fromStart = false;
  #waiting: { resolve(piece: Piece): void; reject(error: unknown): void } | null = null;

  constructor(
    end: WorkerEndpoint,
    { id, sizeBytes, isReplayable }: {
      readonly id: number;
      readonly sizeBytes: number | null;
      readonly isReplayable: boolean;
    },
  ) {
    this.#end = end;
    this.#id = id;
    this.sizeBytes = sizeBytes;
    this.isReplayable = isReplayable;
  }

  open(): AsyncIterator<Uint8Array, void> {
    this.#fromStart = true;
    return { next: () => this.#next(), return: () => this.#leave() };
  }

  /** The caller's answer to what was wanted. */
  take(kind: Kind, bytes: Uint8Array): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (kind === "bodyFailed") waiting?.reject(new Error("the body could not be read"));
    else if (kind === "bodyEnd") waiting?.resolve({ done: true, value: undefined });
    else waiting?.resolve({ done: false, value: bytes });
  }

  #next(): Promise<Piece> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      const head: WantHead = { id: this.#id, fromStart: this.#fromStart };
      this.#fromStart = false;
      this.#end.answer(message("want", head));
    });
  }

  /** What comes later is dropped. */
  #leave(): Promise<Piece> {
    this.take("bodyEnd", new Uint8Array(0));
    return Promise.resolve({ done: true, value: undefined });
  }
}

/** The id that a head names. */
export function idOf(head: unknown): number {
  return (head as IdHead).id; // every head of these kinds has one
}
