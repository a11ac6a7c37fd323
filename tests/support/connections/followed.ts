/** What a trace callback was told, and the events that every request is told to have. */
import type { TraceCallback, TraceEvent, TraceInfo } from "../../../src/observe/trace.ts";

/** A callback that writes down what it is told. */
export class Followed {
  readonly events: TraceEvent[] = [];
  readonly infos: TraceInfo[] = [];
  readonly #then: TraceCallback;

  /** Calls `then` with each event, once it is written down. */
  constructor(then: TraceCallback = () => {}) {
    this.#then = then;
  }

  readonly trace: TraceCallback = (event, info) => {
    this.events.push(event);
    this.infos.push(info);
    return this.#then(event, info);
  };

  /** The options of a request that is followed. */
  get options(): { extensions: { trace: TraceCallback } } {
    return { extensions: { trace: this.trace } };
  }

  /** What was told with an event, the first of that name. */
  info(event: TraceEvent): TraceInfo | undefined {
    return this.infos[this.events.indexOf(event)];
  }
}

/** The events of a step that was taken. */
export function done(...steps: readonly string[]): string[] {
  return steps.flatMap((step) => [`${step}.started`, `${step}.complete`]);
}

/** The events of a step that was not to be taken. */
export function broken(step: string): string[] {
  return [`${step}.started`, `${step}.failed`];
}

/** A request and its response over HTTP/1.1, on a connection that is there. */
export const EXCHANGE_11: readonly string[] = done(
  "http11.send_request_headers",
  "http11.send_request_body",
  "http11.receive_response_headers",
  "http11.receive_response_body",
  "http11.response_closed",
);

/** The same on a stream of HTTP/2. */
export const EXCHANGE_2: readonly string[] = done(
  "http2.send_request_headers",
  "http2.send_request_body",
  "http2.receive_response_headers",
  "http2.receive_response_body",
  "http2.response_closed",
);
