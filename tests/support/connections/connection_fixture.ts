/** Connections on scripted sockets, and bodies in a test's hands. */
import { assertEquals } from "@std/assert";
import { Deadline, type TimeoutLimits } from "../../../src/clock/deadline.ts";
import type { BodySource, BodyStream } from "../../../src/semantics/body.ts";
import type {
  Connection,
  IncomingResponse,
  OutgoingRequest,
} from "../../../src/wire/connection/connection.ts";
import { Http1Connection } from "../../../src/wire/connection/http1_connection.ts";
import { settle } from "./fake_connections.ts";
import { ManualTime } from "../manual_clock.ts";
import { ScriptedSocket } from "./scripted_socket.ts";

/** A response of two bytes. */
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/** Bytes as text; `null`, the end of a body, stays what it is. */
export function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

const NONE: TimeoutLimits = { pool: null, connect: null, write: null, read: null, total: null };

/** A connection on a scripted socket in time of its own, with an owner that writes down what it is told. */
export abstract class ConnectionFixture<Kind extends Connection> {
  readonly time = new ManualTime();
  readonly socket = new ScriptedSocket();
  readonly told: string[] = [];
  /** What was sent, in order. */
  readonly requests: OutgoingRequest[] = [];
  abstract readonly connection: Kind;

  /** @param released what the end of an exchange is written down as */
  protected own(connection: Kind, released: string): Kind {
    connection.owner = {
      onReleased: () => this.told.push(released),
      onRest: () => {},
      onRoom: () => this.told.push("room"),
      onClosed: () => this.told.push("closed"),
    };
    return connection;
  }

  send(
    request: Partial<OutgoingRequest> = {},
    limits: Partial<TimeoutLimits> = {},
    signal: AbortSignal | null = null,
  ): Promise<IncomingResponse> {
    const outgoing = get(request);
    this.requests.push(outgoing);
    const init = { limits: { ...NONE, ...limits }, signal, request: outgoing };
    const promise = this.connection.exchange(outgoing, new Deadline(this.time.clock, init));
    promise.catch(() => {});
    return promise;
  }

  /** Nothing waits and nothing is armed. */
  assertQuiet(): void {
    assertEquals(this.time.clock.size, 0);
  }
}

/** The same over HTTP/1.1. */
export class Fixture extends ConnectionFixture<Http1Connection> {
  readonly connection = this.own(
    new Http1Connection({
      socket: this.socket,
      clock: this.time.clock,
      peer: "example.org:80",
      limits: {},
      startTLS: () => Promise.reject(new Error("A scripted socket has no TLS")),
    }),
    "idle",
  );
}

/** A request that says as little as it can. */
export function get(request: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return {
    method: "GET",
    url: "http://example.org/",
    target: "/",
    fields: ["Host", "example.org"],
    body: null,
    onInformational: null,
    mayReplay: false,
    needsHttp1: false,
    ...request,
  };
}

/** A body that yields what the test gives it. */
export class Tap implements BodySource {
  readonly isReplayable = false;
  readonly bytes = null;
  readonly sizeBytes: number | null;
  isReturned = false;
  #waiting: ((next: IteratorResult<Uint8Array, void>) => void) | null = null;
  #fail: ((error: unknown) => void) | null = null;

  constructor(sizeBytes: number | null = null) {
    this.sizeBytes = sizeBytes;
  }

  open(): AsyncIterator<Uint8Array, void> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          this.#waiting = resolve;
          this.#fail = reject;
        }),
      return: () => {
        this.isReturned = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async give(chunk: string | null): Promise<void> {
    const value = new TextEncoder().encode(chunk ?? "");
    this.#waiting?.(chunk === null ? { done: true, value: undefined } : { done: false, value });
    await settle();
  }

  async fail(error: unknown): Promise<void> {
    this.#fail?.(error);
    await settle();
  }
}

/** A body that is there at once. */
export function inMemory(content: string): BodySource {
  const bytes = new TextEncoder().encode(content);
  return {
    sizeBytes: bytes.length,
    isReplayable: true,
    bytes,
    open: () => {
      const pending = [bytes];
      return {
        next: () => {
          const value = pending.pop();
          return Promise.resolve(
            value === undefined ? { done: true, value } : { done: false, value },
          );
        },
      };
    },
  };
}

/** The whole body as text. */
export async function wholeText(body: BodyStream): Promise<string | null> {
  return text(await body.readAll());
}
