/**
 * A stream of HTTP/2 as raw bytes in both directions, after an extended CONNECT was accepted (RFC 8441 §5): what an
 * `UpgradedStream` is over HTTP/1.1. Flow control is the stream's; other streams of the connection go on.
 */
import type { Clock } from "../../clock/clock.ts";
import { Deadline, type WaitPhase } from "../../clock/deadline.ts";
import type {
  ExtraInfo,
  NetworkStream,
  NetworkStreamOptions,
  SocketFacts,
} from "../../semantics/network_stream.ts";
import type { Pipe } from "./exchange/pipe.ts";
import type { IncomingBody } from "./incoming_body.ts";
import { readArguments, refusal } from "./network_stream.ts";

/** What a tunnel is made of. */
export interface TunnelStreamInit {
  readonly incoming: IncomingBody;
  readonly outgoing: Pipe;
  readonly clock: Clock;
  /** The connection's stream, which knows who is at the other end. */
  readonly connection: NetworkStream;
  /** For messages. */
  readonly request: { readonly method: string; readonly url: string };
}

/** Both directions of one tunnel. */
export class TunnelStream implements NetworkStream {
  readonly #init: TunnelStreamInit;

  constructor(init: TunnelStreamInit) {
    this.#init = init;
  }

  /** The next bytes, never empty, or `null` once the peer has ended its side. */
  async read(
    maxBytes?: number | NetworkStreamOptions,
    options?: NetworkStreamOptions,
  ): Promise<Uint8Array | null> {
    const wanted = readArguments(maxBytes, options);
    const { incoming } = this.#init;
    return await this.#within("read", wanted.options, () => incoming.read(wanted.maxBytes));
  }

  /** Sends the bytes and resolves once the windows have let them through. */
  write(bytes: Uint8Array, options: NetworkStreamOptions = {}): Promise<void> {
    return this.#within("write", options, () => this.#init.outgoing.write(bytes));
  }

  /** Its connection carries other streams: TLS can't be started on it. */
  startTLS(): Promise<NetworkStream> {
    return Promise.reject(refusal("start TLS on"));
  }

  /** Ends this side; the peer may go on sending. */
  end(): void {
    this.#init.outgoing.end();
  }

  /** Ends both directions. Idempotent. */
  async close(): Promise<void> {
    await this.#init.incoming.cancel();
    await this.#init.outgoing.return();
  }

  /** Same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get facts(): SocketFacts {
    return this.#init.connection.facts;
  }

  getExtraInfo<Name extends keyof ExtraInfo>(name: Name): ExtraInfo[Name] {
    return this.#init.connection.getExtraInfo(name);
  }

  get readable(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const bytes = await this.read();
        if (bytes === null) controller.close();
        else controller.enqueue(bytes);
      },
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
  }

  get writable(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>({
      write: (bytes) => this.write(bytes),
      close: () => this.end(),
      abort: () => this.close(),
    });
  }

  /** A wait that runs out closes the stream: half a message can't be taken back. */
  async #within<T>(
    phase: WaitPhase & ("read" | "write"),
    { timeout = null, signal = null }: NetworkStreamOptions,
    wait: () => Promise<T>,
  ): Promise<T> {
    if (timeout === null && signal === null) return await wait();
    const limits = { pool: null, connect: null, write: timeout, read: timeout, total: null };
    const { clock, request } = this.#init;
    const deadline = new Deadline(clock, { limits, signal, request });
    const ended = new Promise<never>((_, reject) => {
      deadline.enter(phase, { onExpiry: (expiry) => reject(deadline.errorFor(expiry)) });
    });
    const waiting = wait();
    try {
      return await Promise.race([waiting, ended]);
    } catch (error) {
      waiting.catch(() => {}); // it fails of being closed
      await this.close();
      throw error;
    } finally {
      deadline.finish();
    }
  }
}
