/** The body of a request on the caller's side: read when the worker wants more, in messages of the right size. */
import { syncPieces } from "../../message/content/source/sync_source.ts";
import type { BodySource } from "../../semantics/body.ts";
import type { IdHead, WantHead } from "../thread/messages.ts";
import { MAX_BYTES, type Message } from "../thread/channel.ts";
import { message } from "../thread/endpoints.ts";

const NOTHING = new Uint8Array(0);

/** One body that is handed over. */
export class Pieces {
  readonly #source: BodySource;
  #pieces: Iterator<Uint8Array, void> | null = null;
  #rest: Uint8Array = NOTHING;
  /** Where its producer is at work, whether it is to be left after that. */
  #making: { isLeft: boolean } | null = null;
  /** What its producer threw: the caller's own error, which no worker can tell. */
  failure: { readonly error: unknown } | null = null;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** The answer to "more". Where the body is in memory it costs no copy but the one into the message. */
  answer({ id, fromStart }: WantHead): Message {
    const head: IdHead = { id };
    const making = this.#making = { isLeft: false };
    try {
      if (fromStart) this.#begin();
      const bytes = this.#next();
      return bytes === null ? message("bodyEnd", head) : message("piece", head, bytes);
    } catch (error) {
      this.failure = { error };
      return message("bodyFailed", head);
    } finally {
      this.#making = null;
      if (making.isLeft) this.#leave();
    }
  }

  /** Leaves a body whose rest is not needed: after its piece, if its producer is at work. */
  close(): void {
    if (this.#making === null) this.#leave();
    else this.#making.isLeft = true;
  }

  #leave(): void {
    const pieces = this.#pieces;
    this.#pieces = null;
    pieces?.return?.();
  }

  #begin(): void {
    this.#leave();
    this.#rest = NOTHING;
    this.#pieces = syncPieces(this.#source);
  }

  #next(): Uint8Array | null {
    if (this.#rest.length === 0) {
      const next = this.#pieces?.next();
      if (next === undefined || next.done) return null;
      this.#rest = next.value;
    }
    const bytes = this.#rest.subarray(0, MAX_BYTES);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }
}
