/** The body of a response on the worker's side: as much of it as was asked for. */
import { StreamClosed } from "../../errors.ts";
import { bodyOf, type Response } from "../../message/response/response.ts";
import type { DataHead, ReadMode } from "./messages.ts";
import { MAX_BYTES } from "./channel.ts";
import { joinBytes } from "../../message/content/join_bytes.ts";

const NOTHING = new Uint8Array(0);
/** A body that is not larger is read whole before its head is sent. */
const WHOLE_BYTES = 262_144;
/** The same for an encoded one, whose decoded size is unknown. */
const WHOLE_CODED_BYTES = 16_384;

/** One response that is being read. */
export class Download {
  readonly response: Response;
  readonly #id: number;
  #chunks: AsyncIterator<Uint8Array, void> | null = null;
  #rest: Uint8Array = NOTHING;
  #isDone = false;

  constructor(id: number, response: Response) {
    this.#id = id;
    this.response = response;
  }

  /** How far it has come. */
  get state(): DataHead {
    const { response } = this;
    return {
      id: this.#id,
      isDone: this.#isDone,
      bytesReceived: response.numBytesDownloaded,
      trailers: this.#isDone ? response.trailers?.lines ?? null : null,
    };
  }

  /** The whole body where it is small, else what fits into one answer. */
  async readWhole(): Promise<Uint8Array> {
    const { headers } = this.response;
    const length = headers.get("content-length");
    const most = headers.has("content-encoding") ? WHOLE_CODED_BYTES : WHOLE_BYTES;
    if (length === null || !(Number(length) <= most)) {
      return await this.read({ mode: "decoded", isStreamed: false });
    }
    const loading = bodyOf(this.response).load();
    return this.#cut(loading instanceof Promise ? await loading : loading);
  }

  /** What there is, or, unless it is streamed, as much as fits. */
  async read(
    { mode, isStreamed }: { readonly mode: ReadMode; readonly isStreamed: boolean },
  ): Promise<Uint8Array> {
    const { response } = this;
    if (mode === "small" && this.#chunks === null) return await this.#readSmall();
    this.#chunks ??= mode === "raw" ? response.iterRaw() : response.iterBytes();
    const pieces: Uint8Array[] = [];
    let size = 0;
    while (size < MAX_BYTES) {
      const bytes = await this.#next(MAX_BYTES - size);
      if (bytes === null) break;
      pieces.push(bytes);
      size += bytes.length;
      if (isStreamed) break;
    }
    const [first = NOTHING] = pieces;
    return pieces.length < 2 ? first : joinBytes(pieces);
  }

  /** The body if it is small, and `StreamClosed` if it was dropped. */
  async #readSmall(): Promise<Uint8Array> {
    await bodyOf(this.response).discard();
    return this.#cut(bodyOf(this.response).content ?? closed());
  }

  async #next(most: number): Promise<Uint8Array | null> {
    if (this.#rest.length === 0 && !this.#isDone) {
      const next = await this.#chunks?.next();
      if (next === undefined || next.done) this.#isDone = true;
      else this.#rest = next.value;
    }
    if (this.#rest.length === 0) return null;
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  /** Of bytes that are all there is: those that fit. */
  #cut(bytes: Uint8Array): Uint8Array {
    this.#rest = bytes.subarray(MAX_BYTES);
    this.#chunks = { next: () => Promise.resolve({ done: true, value: undefined }) };
    this.#isDone = this.#rest.length === 0;
    return bytes.subarray(0, MAX_BYTES);
  }
}

function closed(): never {
  throw new StreamClosed("Cannot keep the body: it is long, late or broken");
}
