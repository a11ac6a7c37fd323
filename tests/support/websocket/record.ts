/** What a WebSocket engine makes of some bytes, as a list of short lines: one readable value to compare whole. */
import type { RemoteProtocolError } from "../../../src/errors.ts";
import {
  WebSocketEngine,
  type WebSocketEngineInit,
  type WebSocketSink,
} from "../../../src/wire/websocket/engine.ts";
import { describeFrame, describeText, join, readFrames } from "./frames.ts";

/** An engine whose masking keys are 1, 2, 3…, and whose time stands still. */
export function engineFor(
  sink: WebSocketSink,
  init: Partial<WebSocketEngineInit> = {},
): WebSocketEngine {
  let key = 0;
  return new WebSocketEngine(sink, {
    fillRandom: (words) => words.forEach((_, i) => words[i] = ++key),
    now: () => 0,
    ...init,
  });
}

/** An engine, and what it reports and sends: two lists, as the order between them depends on how the bytes are cut. */
export class RecordedEngine implements WebSocketSink {
  readonly engine: WebSocketEngine;
  readonly received: string[] = [];
  readonly sentFrames: string[] = [];
  /** The messages in full. */
  readonly messages: (string | Uint8Array)[] = [];
  readonly #echoes: boolean;

  constructor(init: Partial<WebSocketEngineInit> & { readonly echoes?: boolean } = {}) {
    this.#echoes = init.echoes ?? false;
    this.engine = engineFor(this, init);
  }

  /** What was received, what was sent, and the state. */
  get lines(): string[] {
    return [...this.received, ...this.sentFrames, this.engine.state];
  }

  /** Feeds a copy that is wiped afterwards, unless the engine may keep it: the bytes are lent. */
  receive(bytes: Uint8Array): void {
    const lent = bytes.slice();
    this.engine.receive(lent);
    this.sent();
    lent.fill(0xff);
  }

  receiveEnd(): void {
    this.received.push(this.engine.receiveEnd() ? "lost" : "end");
  }

  /** Notes the frames that were sent since. */
  sent(): void {
    const pieces = this.engine.takeOutgoing();
    for (const frame of readFrames(join(...pieces))) {
      this.sentFrames.push(`sent ${describeFrame(frame)}`);
    }
    this.engine.outgoingLeft();
  }

  onText(text: string): void {
    this.messages.push(text);
    this.received.push(`text ${describeText(text)}`);
    if (this.#echoes && this.engine.state === "open") this.engine.sendText(text);
  }

  onBinary(bytes: Uint8Array): void {
    this.messages.push(bytes);
    this.received.push(`binary ${bytes.length}`);
    if (this.#echoes && this.engine.state === "open") this.engine.sendBinary(bytes);
  }

  onPong(payload: Uint8Array): void {
    this.received.push(`pong ${describeText(new TextDecoder().decode(payload))}`);
  }

  onClose(code: number, reason: string): void {
    this.received.push(`close ${code} ${reason}`.trimEnd());
  }

  onFailure(error: RemoteProtocolError, closeCode: number): void {
    const [, why = ""] = /server: (.*) \(closed/.exec(error.message) ?? [];
    this.received.push(`fail ${closeCode} ${why}`);
  }
}

/** What an engine makes of the chunks: received, sent, and the state that it is left in. */
export function recordWebSocket(
  chunks: readonly Uint8Array[],
  init: ConstructorParameters<typeof RecordedEngine>[0] = {},
): string[] {
  const recorded = new RecordedEngine(init);
  for (const chunk of chunks) recorded.receive(chunk);
  return recorded.lines;
}
