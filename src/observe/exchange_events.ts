/**
 * The events of one request and its response over a connection, in httpcore's order, whatever order the wire has: the
 * head, the body, the response's head and, as its caller reads it, its body. A response that comes before the whole
 * body is out is reported when it comes, and what then becomes of the body after it.
 */
import { WriteError } from "../errors.ts";
import type { Trace } from "./trace.ts";

/** The engine that reports. */
export type Protocol = "http11" | "http2";

/** The head of a response, as far as it is reported. */
export interface ToldHead {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly fields: { readonly lines: readonly string[] };
}

type Step =
  | "send_request_headers"
  | "send_request_body"
  | "receive_response_headers"
  | "receive_response_body";

/** Reports to a trace what an exchange does. */
export class ExchangeEvents {
  readonly trace: Trace;
  readonly #protocol: Protocol;
  #streamId: number | null = null;
  /** Steps that have begun and not ended. */
  readonly #open = new Set<Step>();
  #hasBegun = false;
  #hasHead = false;

  constructor(trace: Trace, protocol: Protocol) {
    this.trace = trace;
    this.#protocol = protocol;
  }

  /**
   * The head is about to be sent.
   *
   * @throws what the callback has thrown so far: then nothing is to be sent
   */
  begin(streamId: number | null): void {
    this.#streamId = streamId;
    this.#start("send_request_headers");
    this.trace.throwIfFailed();
  }

  /** The head is out; the whole request with it, or not. */
  onHeadSent(isWhole: boolean): void {
    this.#complete("send_request_headers");
    this.#start("send_request_body");
    if (isWhole) this.onBodySent();
  }

  /** The whole request is out. */
  onBodySent(): void {
    this.#complete("send_request_body");
    if (!this.#hasHead) this.#start("receive_response_headers");
  }

  /** The head of the response is here. */
  onHead({ version, status, reason, fields }: ToldHead): void {
    if (!this.#open.has("receive_response_headers")) this.#start("receive_response_headers");
    this.#hasHead = true;
    const head = this.#protocol === "http2" ? [status] : [version, status, reason];
    this.#complete("receive_response_headers", [...head, pairsOf(fields.lines)]);
  }

  /** The response is complete: the rest of the request is not sent. */
  onEnd(): void {
    const step = "send_request_body";
    if (!this.#open.delete(step)) return;
    const error = new WriteError("The server has answered and did not wait for the whole body");
    this.trace.fail(`${this.#protocol}.${step}`, error);
  }

  /** The exchange has failed. What becomes of a response that its caller has is reported by its readers. */
  onFailure(error: unknown): void {
    if (!this.#hasBegun) this.#start("send_request_headers");
    if (this.#hasHead) return;
    this.#fail(error);
    this.#close();
  }

  /** The caller reads, for the first time. */
  onReading(): void {
    this.#start("receive_response_body");
  }

  /** The caller has read all there is. */
  onRead(): void {
    this.#complete("receive_response_body");
    this.#close();
  }

  /** The caller could not read on, or does not want to. */
  onUnread(error: unknown): void {
    this.#fail(error);
    this.#close();
  }

  #start(step: Step): void {
    this.#hasBegun = true;
    this.#open.add(step);
    const { request } = this.trace;
    if (this.#protocol === "http11") this.trace.start(`http11.${step}`, { request });
    else this.trace.start(`http2.${step}`, { request, stream_id: this.#streamId });
  }

  #complete(step: Step, returnValue: unknown = null): void {
    if (this.#open.delete(step)) this.trace.complete(`${this.#protocol}.${step}`, returnValue);
  }

  #fail(error: unknown): void {
    for (const step of this.#open) this.trace.fail(`${this.#protocol}.${step}`, error);
    this.#open.clear();
  }

  #close(): void {
    if (this.#protocol === "http11") this.trace.start("http11.response_closed", {});
    else this.trace.start("http2.response_closed", { stream_id: this.#streamId });
    this.trace.complete(`${this.#protocol}.response_closed`);
  }
}

function pairsOf(lines: readonly string[]): [name: string, value: string][] {
  const pairs: [name: string, value: string][] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) pairs.push([lines[i] ?? "", lines[i + 1] ?? ""]);
  return pairs;
}
