/** The body of a response that is streamed to its caller, and kept as it passes. */
import { type BodyStream, type MeasuredStream, timesOf } from "../../semantics/body.ts";

/** A body whose bytes are kept. */
export class RecordedBody implements MeasuredStream {
  readonly #body: BodyStream;
  readonly #chunks: Uint8Array[] = [];
  #isWhole = false;

  constructor(body: BodyStream) {
    this.#body = body;
  }

  get bytesReceived(): number {
    return this.#body.bytesReceived;
  }

  get trailers(): readonly string[] | null {
    return this.#body.trailers;
  }

  get times(): MeasuredStream["times"] {
    return timesOf(this.#body);
  }

  /** What has passed, undecoded. */
  get chunks(): readonly Uint8Array[] {
    return this.#chunks;
  }

  /** Whether all of it has passed. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  async read(): Promise<Uint8Array | null> {
    const bytes = await this.#body.read();
    if (bytes === null) this.#isWhole = true;
    else this.#chunks.push(bytes.slice()); // the caller owns what it gets
    return bytes;
  }

  async readAll(maxBytes?: number, tooLarge?: () => Error): Promise<Uint8Array> {
    const bytes = await this.#body.readAll(maxBytes, tooLarge);
    this.#chunks.push(bytes.slice());
    this.#isWhole = true;
    return bytes;
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#body.cancel(reason);
  }
}
