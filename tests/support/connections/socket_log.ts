/** A socket's handler for tests: keeps what it is told, and lets the test wait for it. */
import type { Socket, SocketHandler } from "../../../src/runtime/socket.ts";

/** What happened, in order: `"end"`, `"error ReadError"`; data and drains are counted, not listed. */
export class SocketLog implements SocketHandler {
  readonly events: string[] = [];
  error: Error | null = null;
  drains = 0;
  receivedBytes = 0;
  deliveries = 0;
  /** What was called while `write()` or another guarded call ran. */
  readonly calledInside: string[] = [];
  /** Called for each delivery, after it was kept. */
  onDelivery: (bytes: Uint8Array) => void = () => {};
  readonly #keepsBytes: boolean;
  readonly #chunks: Uint8Array[] = [];
  #insideWrite = false;
  #waiting: (() => void)[] = [];

  /** Bytes are counted, and kept where the test wants to see them. */
  constructor({ keepsBytes = true }: { keepsBytes?: boolean } = {}) {
    this.#keepsBytes = keepsBytes;
  }

  /** All data so far, one character per byte. */
  get text(): string {
    const decoder = new TextDecoder("latin1");
    return this.#chunks.map((chunk) => decoder.decode(chunk)).join("");
  }

  onData(bytes: Uint8Array): void {
    this.deliveries++;
    this.receivedBytes += bytes.length;
    if (this.#keepsBytes) this.#chunks.push(bytes.slice());
    this.onDelivery(bytes);
    this.#happened("data");
  }

  onEnd(): void {
    this.events.push("end");
    this.#happened("end");
  }

  onError(error: Error): void {
    this.error = error;
    this.events.push(`error ${error.constructor.name}`);
    this.#happened("error");
  }

  onDrain(): void {
    this.drains++;
    this.#happened("drain");
  }

  /** Writes, and notes any call that comes from inside. */
  write(socket: Socket, bytes: Uint8Array): void {
    this.#insideWrite = true;
    socket.write(bytes);
    this.#insideWrite = false;
  }

  /** Resolves once that holds; it is looked at after each call of the socket. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => holds() ? resolve() : this.#waiting.push(look);
      look();
    });
  }

  /** Until the socket has said that it is over, one way or another. */
  untilOver(): Promise<void> {
    return this.until(() => this.events.length > 0);
  }

  /** Until so many bytes have come, or nothing more comes. */
  untilBytes(count: number): Promise<void> {
    return this.until(() => this.receivedBytes >= count || this.events.length > 0);
  }

  #happened(what: string): void {
    if (this.#insideWrite) this.calledInside.push(what);
    for (const look of this.#waiting.splice(0)) look();
  }
}

/** So many turns of the event loop: long enough for a wrong call to come, if one were to come. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
