/**
 * Pumps the content of one request into its connection: one chunk at a time, the next is asked for
 * when the runtime has taken the last, so that a slow peer slows the source.
 */
import type { BodySource } from "../../../semantics/body.ts";

/** Where the pump delivers. */
export interface BodyChannel {
  /** Sends a chunk. Throws where it does not fit the length that the head promised. */
  sendData(bytes: Uint8Array): void;
  /** Sends the end. Throws where bytes are missing. */
  sendEnd(): void;
  /** Whether the runtime still holds bytes of an earlier chunk. */
  readonly isBlocked: boolean;
  /** The pump waits until `onDrain()`. */
  onBlocked(): void;
  /** The pump waits for its source. */
  onAwaitingSource(): void;
  /** Everything is sent. */
  onSent(): void;
  /** The source, or a check of its length, failed. */
  onSourceError(error: unknown): void;
}

/** The sending half of one exchange whose content does not leave together with its head. */
export class OutgoingBody {
  readonly #source: BodySource;
  readonly #channel: BodyChannel;
  #iterator: AsyncIterator<Uint8Array, void> | null = null;
  #resume: (() => void) | null = null;
  #isStopped = false;

  constructor(source: BodySource, channel: BodyChannel) {
    this.#source = source;
    this.#channel = channel;
  }

  /** Whether the source was opened: what can be read once only is then used up. */
  get isStarted(): boolean {
    return this.#iterator !== null;
  }

  /** Sends all of it. Never rejects: failures are reported to the channel. */
  async run(): Promise<void> {
    try {
      const iterator = this.#source.open();
      this.#iterator = iterator;
      await this.#pump(iterator);
    } catch (error) {
      if (this.#isStopped) return;
      this.#isStopped = true;
      this.#release();
      this.#channel.onSourceError(error);
    }
  }

  /** The runtime has taken what it held. */
  onDrain(): void {
    const resume = this.#resume;
    this.#resume = null;
    resume?.();
  }

  /** Drops the rest and closes the source. Idempotent. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.onDrain();
    this.#release();
  }

  async #pump(iterator: AsyncIterator<Uint8Array, void>): Promise<void> {
    const channel = this.#channel;
    while (!this.#isStopped) {
      channel.onAwaitingSource();
      const next = await iterator.next();
      if (this.#isStopped) return;
      if (next.done) {
        channel.sendEnd();
        this.#isStopped = true;
        return channel.onSent();
      }
      channel.sendData(next.value);
      if (channel.isBlocked) {
        channel.onBlocked();
        await new Promise<void>((resolve) => this.#resume = resolve);
      }
    }
  }

  /** A source may be slow to close, or fail at it: neither concerns the exchange any more. */
  #release(): void {
    try {
      this.#iterator?.return?.()?.catch(() => {});
    } catch {
      // A source whose `return()` throws has nothing more to give either.
    }
  }
}
