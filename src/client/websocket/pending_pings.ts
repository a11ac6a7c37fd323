/** PINGs whose PONG has not come (RFC 6455 §5.5.3): an answer to a later one is an answer to all before it. */

interface PendingPing {
  readonly id: number;
  readonly sentAtMs: number;
  readonly resolve: (delayMs: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Four bytes are enough to tell the pings of one connection apart. */
const ID_BYTES = 4;

/** The pings of one connection. */
export class PendingPings {
  #pending: PendingPing[] = [];
  #lastId = 0;

  /** Whether a call waits. */
  get isWaiting(): boolean {
    return this.#pending.length > 0;
  }

  /** Sends a PING; resolves with the milliseconds until its PONG. `watch` is given what ends the wait with an error. */
  send(
    sendPing: (payload: Uint8Array) => void,
    watch: (cancel: (error: unknown) => void) => void,
  ): Promise<number> {
    const id = this.#lastId = (this.#lastId + 1) >>> 0;
    const payload = new Uint8Array(ID_BYTES);
    new DataView(payload.buffer).setUint32(0, id);
    return new Promise((resolve, reject) => {
      sendPing(payload);
      const ping = { id, sentAtMs: performance.now(), resolve, reject };
      this.#pending.push(ping);
      watch((error) => {
        this.#pending = this.#pending.filter((other) => other !== ping);
        reject(error);
      });
    });
  }

  /** An unsolicited PONG, and one for a wait that has ended, are ignored. */
  onPong(payload: Uint8Array): void {
    if (payload.length !== ID_BYTES) return;
    const { buffer, byteOffset } = payload;
    const id = new DataView(buffer, byteOffset).getUint32(0);
    const at = this.#pending.findIndex((ping) => ping.id === id);
    for (const { sentAtMs, resolve } of this.#pending.splice(0, at + 1)) {
      resolve(performance.now() - sentAtMs);
    }
  }

  /** No PONG will come. */
  fail(error: Error): void {
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}
