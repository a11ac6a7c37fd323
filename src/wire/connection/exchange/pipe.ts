/** Content that is written piece by piece while it is being sent: the sending half of a tunnel. */
import { StreamClosed } from "../../../errors.ts";
import type { BodySource } from "../../../semantics/body.ts";

const END = { done: true, value: undefined } as const;

interface Write {
  readonly bytes: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One write at a time; it resolves when the connection has taken its bytes. */
export class Pipe implements BodySource, AsyncIterator<Uint8Array, void> {
  readonly sizeBytes = null;
  readonly isReplayable = false;
  readonly bytes = null;
  #write: Write | null = null;
  /** Whether the bytes of the write have been handed on. */
  #isTaken = false;
  #wanted: ((result: IteratorResult<Uint8Array, void>) => void) | null = null;
  #isEnded = false;
  #failure: { readonly error: unknown } | null = null;

  open(): AsyncIterator<Uint8Array, void> {
    return this;
  }

  /**
   * Sends bytes.
   *
   * @throws {StreamClosed} when the pipe was ended
   * @throws {TypeError} while the last write is not done
   */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error);
    if (this.#isEnded) {
      return Promise.reject(new StreamClosed("Cannot write to the stream: it was ended"));
    }
    if (this.#write !== null) {
      return Promise.reject(
        new TypeError("Cannot write to the stream: await the last write first"),
      );
    }
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#write = { bytes, resolve, reject };
      this.#isTaken = false;
      this.#serve();
    });
  }

  /** Ends the content. Idempotent. */
  end(): void {
    this.#isEnded = true;
    this.#serve();
  }

  /** Fails what is written now and later. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#write?.reject(this.#failure.error);
    this.#write = null;
  }

  /** Called when the connection has taken what it was given. */
  next(): Promise<IteratorResult<Uint8Array, void>> {
    if (this.#isTaken) {
      this.#write?.resolve();
      this.#write = null;
      this.#isTaken = false;
    }
    return new Promise((resolve) => {
      this.#wanted = resolve;
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<Uint8Array, void>> {
    this.fail(new StreamClosed("Cannot write to the stream: it is closed"));
    return Promise.resolve(END);
  }

  #serve(): void {
    const wanted = this.#wanted;
    if (wanted === null) return;
    if (this.#write !== null && !this.#isTaken) {
      this.#wanted = null;
      this.#isTaken = true;
      wanted({ done: false, value: this.#write.bytes });
    } else if (this.#write === null && this.#isEnded) {
      this.#wanted = null;
      wanted(END);
    }
  }
}
