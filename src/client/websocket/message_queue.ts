/** Messages between a connection and its reader: first come first served, each once. */

/**
 * A message: a text, or bytes that belong to the receiver.
 *
 * @example Either kind
 * ```ts
 * import type { WebSocketMessage } from "@httpx/httpx/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const messages: WebSocketMessage[] = ["hello", new Uint8Array([1, 2])];
 * assertEquals(messages.map((message) => typeof message), ["string", "object"]);
 * ```
 */
export type WebSocketMessage = string | Uint8Array;

interface Reader {
  readonly resolve: (message: WebSocketMessage | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Is given what ends one wait with an error; no message is lost by that. */
type Watch = (cancel: (error: unknown) => void) => void;

/** What a message takes at least, roughly: a server may send empty ones. */
const MESSAGE_BYTES = 64;

/** So many taken ones may stand in the list. */
const MANY_MESSAGES = 1024;

/** Holds messages until they are taken, and readers until there are messages. */
export class MessageQueue {
  #messages: (WebSocketMessage | null)[] = [];
  #taken = 0;
  #heldBytes = 0;
  #readers: Reader[] = [];
  /** What follows the last message; `null` while more may come. */
  #end: { readonly error: unknown } | null = null;

  /** Roughly the memory of what is held. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether a reader waits. */
  get isWanted(): boolean {
    return this.#readers.length > 0;
  }

  push(message: WebSocketMessage): void {
    if (this.#end !== null) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader.resolve(message);
    this.#messages.push(message);
    this.#heldBytes += sizeOf(message);
  }

  /** The next message when it is there; else `null`. */
  take(): WebSocketMessage | null {
    if (this.#taken === this.#messages.length) return null;
    const message = this.#messages[this.#taken] ?? "";
    this.#messages[this.#taken++] = null;
    this.#heldBytes -= sizeOf(message);
    if (this.#taken === this.#messages.length) {
      this.#messages.length = 0;
      this.#taken = 0;
    } else if (this.#taken >= MANY_MESSAGES && 2 * this.#taken >= this.#messages.length) {
      this.#messages.splice(0, this.#taken);
      this.#taken = 0;
    }
    return message;
  }

  /** Waits for the next message; `null` at the end. Rejects with the error that follows the last message. */
  wait(watch: Watch | null = null): Promise<WebSocketMessage | null> {
    const end = this.#end;
    if (end !== null) return end.error === null ? Promise.resolve(null) : Promise.reject(end.error);
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      this.#readers.push(reader);
      watch?.((error) => this.#dismiss(reader, error));
    });
  }

  /** No more messages come: what is held can be taken, then the end or the error. */
  finish(error: unknown): void {
    if (this.#end !== null) return;
    this.#end = { error };
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) {
      if (error === null) reader.resolve(null);
      else reader.reject(error);
    }
  }

  #dismiss(reader: Reader, error: unknown): void {
    const at = this.#readers.indexOf(reader);
    if (at < 0) return;
    this.#readers.splice(at, 1);
    reader.reject(error);
  }

  /** Drops what is held. */
  clear(): void {
    this.#messages = [];
    this.#taken = 0;
    this.#heldBytes = 0;
  }
}

function sizeOf(message: WebSocketMessage): number {
  return MESSAGE_BYTES + (typeof message === "string" ? 2 * message.length : message.length);
}
