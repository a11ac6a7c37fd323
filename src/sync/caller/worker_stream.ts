/** The body of a response that a worker receives: each read is a question to the worker. */
import type { ReadMode, SyncStream } from "../../message/response/sync_body.ts";
import type { AnswerHead, DataHead, ReadHead } from "../thread/messages.ts";
import type { Message } from "../thread/channel.ts";
import { message } from "../thread/endpoints.ts";

/** What sends requests to the worker. */
export interface Asker {
  /** Asks about one request, and returns the answer. */
  ask(id: number, ask: Message): Message;
  /** Nothing more is asked about this request. */
  forget(id: number): void;
}

/** One body, as far as the caller has it. */
export class WorkerStream implements SyncStream {
  readonly #asker: Asker;
  readonly #signal: AbortSignal | null;
  #state: DataHead;
  /** Bytes that came with the head. */
  #first: Uint8Array;

  constructor(
    asker: Asker,
    { head, first, signal }: {
      readonly head: AnswerHead;
      readonly first: Uint8Array;
      readonly signal: AbortSignal | null;
    },
  ) {
    this.#asker = asker;
    this.#signal = signal;
    this.#state = head;
    this.#first = first;
    if (head.isDone) asker.forget(head.id);
  }

  get bytesReceived(): number {
    return this.#state.bytesReceived;
  }

  get trailers(): readonly string[] | null {
    return this.#state.trailers;
  }

  read(mode: ReadMode, { isWhole }: { readonly isWhole: boolean }): Uint8Array | null {
    this.#signal?.throwIfAborted(); // the reader then drops the rest
    const first = this.#first;
    if (first.length > 0) {
      this.#first = first.subarray(first.length);
      return first;
    }
    const { id, isDone } = this.#state;
    if (isDone) return null;
    const head: ReadHead = { id, mode, isStreamed: !isWhole };
    const answer = this.#asker.ask(id, message("read", head));
    this.#state = answer.head as DataHead; // the answer to `read`
    if (this.#state.isDone) this.#asker.forget(id);
    return answer.bytes.length === 0 ? null : answer.bytes;
  }

  cancel(): void {
    const { id, isDone } = this.#state;
    if (isDone) return;
    this.#state = { ...this.#state, isDone: true };
    this.#asker.ask(id, message("cancel", { id }));
    this.#asker.forget(id);
  }
}
