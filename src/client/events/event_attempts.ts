/**
 * The connections of one event stream, one after the other: each is an ordinary call of the client, with its auth, cookies,
 * proxies and hooks, whose body is read as events are taken.
 */
import { ReadTimeout, RemoteProtocolError } from "../../errors.ts";
import { EventStreamParser, type ServerSentEvent } from "../../message/content/event_stream.ts";
import { Headers } from "../../message/headers.ts";
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import { EventReading } from "../../message/response/text_stream.ts";
import { Timeout } from "../../message/timeout.ts";
import { nameOfRequest } from "../../observe/mask.ts";
import { startTimeout } from "../../runtime/timers.ts";
import { parseMediaType } from "../../semantics/media_type.ts";
import { checkReplayable } from "../send/redirects.ts";
import { type BodiedOptions, REQUEST_OPTION_NAMES } from "../options/options.ts";
import type { EventStreamInit, EventStreamOptions, ReconnectOptions } from "./event_options.ts";
import { decide, type Outcome, type ReconnectSettings } from "./reconnect_policy.ts";

type Step = IteratorResult<ServerSentEvent, void>;

const DONE: Step = { done: true, value: undefined };
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "QUERY"]);

/** One open connection. */
interface Connection {
  readonly request: Request;
  readonly parser: EventStreamParser;
  readonly reading: EventReading;
  readonly response: Response;
}

/** Connects, reads, waits and connects again. */
export class EventAttempts {
  readonly #init: EventStreamInit;
  readonly #settings: ReconnectSettings | null;
  /** Aborted by `close()`, or with the caller's signal. */
  readonly #end = new AbortController();
  #connection: Connection | null = null;
  /** The attempt under way, a part of the whole. */
  #attempt = new AbortController();
  #canSendAgain = true;
  #wasOpen = false;
  /** Attempts in a row that brought no event. */
  #failures = 0;
  #lastEventId: string;
  #retryMs: number | null = null;
  #stopEventTimer: () => void = () => {};
  #advancing: Promise<Step> | null = null;

  constructor(init: EventStreamInit) {
    this.#init = init;
    this.#settings = settingsFrom(init);
    this.#lastEventId = init.options.lastEventId ?? "";
    const { signal } = init.options;
    if (signal?.aborted) this.#end.abort(signal.reason);
    signal?.addEventListener("abort", this.#onAbort);
  }

  get state(): "connecting" | "open" | "closed" {
    if (this.#end.signal.aborted) return "closed";
    return this.#connection === null ? "connecting" : "open";
  }

  get lastEventId(): string {
    return this.#connection?.parser.lastEventId ?? this.#lastEventId;
  }

  /** The next event: at once if it has arrived. */
  next(): Promise<Step> {
    if (this.#advancing !== null) return this.#advancing.then(() => this.next());
    const event = this.#connection?.reading.take() ?? null;
    if (event !== null) return Promise.resolve({ done: false, value: this.#noted(event) });
    const advancing = this.#advance().then(this.#settled, this.#failed);
    return this.#advancing = advancing;
  }

  /** Ends the stream; a `next()` that waits ends with it. */
  async close(): Promise<void> {
    if (!this.#end.signal.aborted) this.#end.abort(CLOSED);
    await this.#finish();
  }

  readonly #settled = (step: Step): Step => {
    this.#advancing = null;
    if (step.done) void this.close();
    return step;
  };

  readonly #failed = (error: unknown): never => {
    this.#advancing = null;
    void this.close();
    throw error;
  };

  readonly #onAbort = (): void => {
    this.#end.abort(this.#init.options.signal?.reason);
    void this.#finish();
  };

  async #advance(): Promise<Step> {
    for (;;) {
      const { signal } = this.#end;
      if (signal.aborted && signal.reason === CLOSED) return DONE;
      signal.throwIfAborted();
      const outcome = await this.#tryNext();
      if (!("kind" in outcome)) return { done: false, value: this.#noted(outcome) };
      if (signal.aborted) continue;
      if (!await this.#follow(outcome)) return DONE;
    }
  }

  /** The next event of the connection there is, or of a new one; or how that was over. */
  async #tryNext(): Promise<ServerSentEvent | Outcome> {
    try {
      const connection = this.#connection ?? await this.#connect();
      if ("kind" in connection) return connection;
      const { done, value } = await connection.reading.next();
      return done ? { kind: "ended", isFinal: false } : value;
    } catch (error) {
      return { kind: "failed", error };
    }
  }

  async #connect(): Promise<Connection | Outcome> {
    const { client, options } = this.#init;
    this.#failures++;
    this.#attempt = new AbortController();
    const { signal } = this.#end;
    const onEnd = () => this.#attempt.abort(signal.reason);
    signal.addEventListener("abort", onEnd, { once: true });
    if (signal.aborted) onEnd();
    const request = this.#request();
    const stop = this.#limitHead(request);
    try {
      const { auth, followRedirects = true } = options;
      const response = await client.send(request, {
        stream: true,
        auth,
        followRedirects,
        throwOnError: false, // the status decides what follows
      });
      const refusal = await refusalOf(response);
      return refusal ?? this.#open(request, response);
    } finally {
      stop();
    }
  }

  #open(request: Request, response: Response): Connection {
    const { maxEventLength: maxLength } = this.#init.options;
    const parser = new EventStreamParser({ maxLength, lastEventId: this.#lastEventId });
    const reading = new EventReading(response.iterBytes(), parser);
    this.#connection = { request, parser, reading, response };
    this.#wasOpen = true;
    this.#startEventTimer();
    this.#init.options.onOpen?.(response);
    return this.#connection;
  }

  /** Built anew for each attempt: with the cookies and the event id of now. */
  #request(): Request {
    const { client, method, url, options } = this.#init;
    const request = client.buildRequest(method, url, {
      ...requestOptions(options),
      headers: this.#headers(),
      timeout: timeoutFor(options.timeout, { client, silenceMs: options.silenceMs ?? null }),
      signal: this.#attempt.signal,
    });
    this.#canSendAgain = isReplayable(request);
    return request;
  }

  #headers(): Headers {
    const headers = new Headers({ accept: "text/event-stream", "cache-control": "no-store" });
    headers.update(this.#init.options.headers ?? {});
    if (this.#lastEventId !== "") headers.set("Last-Event-ID", this.#lastEventId);
    return headers;
  }

  /** The body may be silent for as long as it likes, the head may not: as long as a call's phases take in all. */
  #limitHead(request: Request): () => void {
    const { client, options } = this.#init;
    const { connect, read, pool } = options.timeout === undefined
      ? client.timeout
      : Timeout.from(options.timeout);
    if (connect === null || read === null || pool === null) return () => {};
    const limitMs = connect + read + pool;
    return this.#limit(
      limitMs,
      () =>
        `Timed out connecting for ${
          nameOfRequest(request)
        }: no response within ${limitMs} ms (timeout)`,
    );
  }

  #startEventTimer(): void {
    const { eventMs } = this.#init.options;
    const request = this.#connection?.request;
    if (eventMs === null || eventMs === undefined || request === undefined) return;
    this.#stopEventTimer();
    this.#stopEventTimer = this.#limit(
      eventMs,
      () =>
        `Timed out receiving ${nameOfRequest(request)}: no event within ${eventMs} ms (eventMs)`,
    );
  }

  #limit(ms: number, message: () => string): () => void {
    const attempt = this.#attempt;
    return startTimeout(() => attempt.abort(new ReadTimeout(message(), { phase: "receive" })), ms);
  }

  #noted(event: ServerSentEvent): ServerSentEvent {
    this.#failures = 0;
    this.#startEventTimer();
    return event;
  }

  /** What follows an attempt that is over: `false` if nothing does. */
  async #follow(outcome: Outcome): Promise<boolean> {
    await this.#finish();
    const decision = decide(outcome, {
      settings: this.#canSendAgain && this.#mayReconnect() ? this.#settings : null,
      failures: this.#failures,
      retryMs: this.#retryMs,
    });
    if (decision.kind === "throw") throw decision.error;
    if (decision.kind === "end") return false;
    this.#init.options.onReconnect?.({
      attempt: this.#failures + 1,
      delayMs: decision.ms,
      error: outcome.kind === "ended" ? null : outcome.error,
      lastEventId: this.#lastEventId,
    });
    await this.#wait(decision.ms);
    return true;
  }

  /** A stream that was never open is tried again only on demand: a wrong address shall not hide behind waits. */
  #mayReconnect(): boolean {
    return this.#wasOpen || this.#init.options.reconnect !== undefined;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#end;
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      // Not released: an event stream that waits to reconnect keeps the program alive, as one that is open does.
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    });
  }

  async #finish(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    this.#stopEventTimer();
    if (this.#end.signal.aborted) {
      this.#init.options.signal?.removeEventListener("abort", this.#onAbort);
    }
    if (connection === null) return;
    this.#lastEventId = connection.parser.lastEventId;
    this.#retryMs = connection.parser.retryMs ?? this.#retryMs;
    await connection.response.close().catch(() => {}); // what is to be known of it is known
  }
}

/** The reason that `close()` aborts with. */
const CLOSED = /* @__PURE__ */ new DOMException("The event stream was closed", "AbortError");

function settingsFrom({ method, options }: EventStreamInit): ReconnectSettings | null {
  const { reconnect = SAFE_METHODS.has(method.toUpperCase()) } = options;
  if (reconnect === false) return null;
  const { limit = 10, baseMs = 1000, maxMs = 30_000, random = Math.random }: ReconnectOptions =
    reconnect === true ? {} : reconnect;
  return { limit, baseMs, maxMs, random };
}

/** The client's limits of connecting and sending; silence is an event stream's normal state. */
function timeoutFor(
  given: Parameters<typeof Timeout.from>[0] | undefined,
  { client, silenceMs }: {
    readonly client: EventStreamInit["client"];
    readonly silenceMs: number | null;
  },
): Timeout {
  const { connect, write, pool, total } = given === undefined
    ? client.timeout.withTotal(null)
    : Timeout.from(given);
  return new Timeout({ connect, read: silenceMs, write, pool, total });
}

/** Those of the call, without those of the event stream. */
function requestOptions(options: EventStreamOptions): BodiedOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => REQUEST_OPTION_NAMES.has(name)),
  );
}

function isReplayable(request: Request): boolean {
  try {
    checkReplayable(request);
    return true;
  } catch {
    return false;
  }
}

/** Why a response is not an event stream, or `null`. It is closed then. */
async function refusalOf(response: Response): Promise<Outcome | null> {
  const { status, request } = response;
  if (status === 204) {
    await response.close();
    return { kind: "ended", isFinal: true };
  }
  if (!response.ok) {
    await response.read().catch(() => response.close());
    return { kind: "refused", status, error: statusErrorOf(response) };
  }
  const type = response.headers.get("content-type");
  if (parseMediaType(type ?? "").essence === "text/event-stream") return null;
  await response.close();
  const error = new RemoteProtocolError(
    `Cannot read events of ${nameOfRequest(request)}: its Content-Type is ${type}; ` +
      "an event stream is text/event-stream",
    { request, phase: "receive", requestSent: "yes" },
  );
  return { kind: "refused", status, error };
}

function statusErrorOf(response: Response): unknown {
  try {
    return response.raiseForStatus();
  } catch (error) {
    return error;
  }
}
