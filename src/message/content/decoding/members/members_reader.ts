/**
 * A body of one or more compressed streams in a row: gzip members, Zstandard frames. What follows the last of them and
 * does not begin another is ignored, as browsers and curl do, up to a limit.
 */
import type { ContentReader, Input } from "../byte_reader.ts";

/**
 * The most that is ignored after the end. Under another coding a few bytes unfold to gigabytes that would be ignored: such
 * a body is refused.
 */
export const MAX_STRAY_BYTES: number = 1024 * 1024;

/** One compressed stream of a row, with a check of its own if it has one. */
export interface Member {
  readonly reader: ContentReader;
  onData?(bytes: Uint8Array): void;
  onEnd?(): Promise<void>;
}

/** The next member, the content of one that is decoded already (it may be empty), or `null` after the last. */
export type NextMember = (
  isFirst: boolean,
) => Promise<Member | Uint8Array | null> | Member | Uint8Array | null;

/** Reads members until there is none, then the input to its end. */
export class MembersReader implements ContentReader {
  readonly #input: Input;
  readonly #next: NextMember;
  #member: Member | null = null;
  #state: "first" | "further" | "closed" = "first";

  constructor(input: Input, next: NextMember) {
    this.#input = input;
    this.#next = next;
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#state !== "closed") {
      if (this.#member === null) {
        const next = await this.#begin();
        if (next === null) return await this.#drain();
        if (!(next instanceof Uint8Array)) this.#member = next;
        else if (next.length > 0) return next;
        continue;
      }
      const bytes = await this.#member.reader.read();
      if (bytes !== null) {
        this.#member.onData?.(bytes);
        return bytes;
      }
      this.#member.reader.close();
      await this.#member.onEnd?.();
      this.#member = null;
    }
    return null;
  }

  close(): void {
    this.#state = "closed";
    this.#member?.reader.close();
    this.#member = null;
  }

  /** The next member. No bytes at all are an empty content in every coding. */
  async #begin(): Promise<Member | Uint8Array | null> {
    const isFirst = this.#state === "first";
    if (isFirst) {
      const bytes = await this.#input.read();
      if (bytes === null) return null;
      this.#input.unread(bytes);
      this.#state = "further";
    }
    return await this.#next(isFirst);
  }

  async #drain(): Promise<null> {
    this.#state = "closed";
    let strayBytes = 0;
    for (let chunk = await this.#input.read(); chunk !== null; chunk = await this.#input.read()) {
      strayBytes += chunk.length;
      if (strayBytes > MAX_STRAY_BYTES) {
        throw new Error(`more than ${MAX_STRAY_BYTES} bytes follow its end`);
      }
    }
    return null;
  }
}
