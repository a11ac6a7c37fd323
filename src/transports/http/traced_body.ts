/**
 * The body of a traced response: the same bytes; reading them and how that ends are reported.
 * A caller gets bytes after every earlier event was reported.
 */
import type { Deadline } from "../../clock/deadline.ts";
import { StreamClosed } from "../../errors.ts";
import type { ExchangeEvents } from "../../observe/exchange_events.ts";
import type { Trace } from "../../observe/trace.ts";
import { type BodyStream, type MeasuredStream, timesOf } from "../../semantics/body.ts";
import type { IncomingResponse } from "../../wire/connection/connection.ts";
import type { ExchangeTimes } from "../../semantics/exchange_times.ts";

/**
 * Resolves once the callback got every event so far; waits for it as long as the total timeout and the signal of
 * the call allow.
 *
 * @throws what the callback has thrown, the timeout, or the signal's reason
 */
export async function flushTrace(trace: Trace, deadline: Deadline): Promise<void> {
  trace.throwIfFailed();
  if (!trace.isBehind) return;
  const patience = deadline.beside();
  patience.enter("read", {
    onExpiry: (expiry) => trace.interrupt(patience.errorFor(expiry)),
  });
  try {
    await trace.caughtUp();
  } finally {
    patience.finish();
  }
}

/**
 * A response as its caller gets it: every event was reported, and its body is traced from here.
 *
 * @throws as `flushTrace()` does; nothing of the response is held then
 */
export async function withTracedBody(
  incoming: IncomingResponse,
  deadline: Deadline,
): Promise<IncomingResponse> {
  const { events } = incoming;
  if (events === null) return incoming;
  const body = new TracedBody({ body: incoming.body, events, deadline });
  try {
    await flushTrace(events.trace, deadline);
  } catch (error) {
    await body.cancel(error).catch(() => {}); // the error is there already
    await incoming.upgraded?.close();
    throw error;
  }
  return { ...incoming, body };
}

/** A body, and where its events go. */
export interface TracedBodyInit {
  readonly body: BodyStream;
  readonly events: ExchangeEvents;
  readonly deadline: Deadline;
}

/** A body that is followed. */
export class TracedBody implements MeasuredStream {
  readonly #body: BodyStream;
  readonly #events: ExchangeEvents;
  readonly #deadline: Deadline;
  #state: "unread" | "reading" | "over" = "unread";

  constructor(init: TracedBodyInit) {
    this.#body = init.body;
    this.#events = init.events;
    this.#deadline = init.deadline;
  }

  get times(): ExchangeTimes | null {
    return timesOf(this.#body);
  }

  get bytesReceived(): number {
    return this.#body.bytesReceived;
  }

  get trailers(): readonly string[] | null {
    return this.#body.trailers;
  }

  async read(): Promise<Uint8Array | null> {
    const bytes = await this.#following(() => this.#body.read());
    if (bytes === null) await this.#end();
    return bytes;
  }

  async readAll(maxBytes?: number, tooLarge?: () => Error): Promise<Uint8Array> {
    const bytes = await this.#following(() => this.#body.readAll(maxBytes, tooLarge));
    await this.#end();
    return bytes;
  }

  throwIfListenerFailed(): void {
    this.#events.trace.throwIfFailed();
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#body.cancel(reason);
    if (this.#state === "over") return;
    this.#giveUp(new StreamClosed("The body was closed before its end"));
    await this.#flushTrace();
  }

  /** Reads, and reports the first read and a failure, which ends the body. */
  async #following<Bytes>(read: () => Bytes | Promise<Bytes>): Promise<Bytes> {
    try {
      if (this.#state === "unread") {
        this.#state = "reading";
        this.#events.onReading();
        await this.#flushTrace();
      }
      return await read();
    } catch (error) {
      this.#giveUp(error);
      await this.#body.cancel(error);
      await this.#flushTrace().catch(() => {}); // the error is there already
      this.#events.trace.throwIfFailed();
      throw error;
    }
  }

  async #end(): Promise<void> {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#events.onRead();
    await this.#flushTrace();
  }

  #giveUp(error: unknown): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#events.onUnread(error);
  }

  #flushTrace(): Promise<void> {
    return flushTrace(this.#events.trace, this.#deadline);
  }
}
