/** Zstandard over `node:zlib`, RFC 8878: a row of frames, read or decoded at once. */
import { type AtOnce, Input } from "../byte_reader.ts";
import type { Member } from "./members_reader.ts";
import { joined, owned, SMALL_BYTES, smallLimit, type Zlib, ZlibReader } from "../zlib_stream.ts";
import { ZstdFrame } from "./zstd_frames.ts";

const NOTHING = new Uint8Array(0);

/** The next frame of a body; `null` if no further one follows. */
export async function nextZstdFrame(
  zlib: Zlib,
  input: Input,
  isFirst: boolean,
): Promise<Member | Uint8Array | null> {
  const start = await input.readAtLeast(4);
  input.unread(start);
  const beginning = new ZstdFrame();
  const isFrame = start.length >= 4 && beginning.take(start.subarray(0, 4)) === 4;
  if (!isFrame && !isFirst) return null;
  const source = new FrameSource(input);
  if (beginning.isSkippable) {
    while (await source.read() !== null);
    return NOTHING;
  }
  const create = zlib.createZstdDecompress ?? noZstd();
  const small = isFirst ? null : smallContent(zlib, await input.read() ?? NOTHING, input);
  return small ?? { reader: new ZlibReader(create, new Input(source)) };
}

/** The content of a small frame that is all there, decoded at once: an engine of its own costs more. */
function smallContent(zlib: Zlib, chunk: Uint8Array, input: Input): Uint8Array | null {
  const frame = new ZstdFrame();
  const length = frame.take(chunk.subarray(0, SMALL_BYTES));
  let content: Uint8Array | null = null;
  if (length > 0 && frame.isComplete) {
    try {
      const decompress = zlib.zstdDecompressSync ?? noZstd();
      content = owned(decompress(chunk.subarray(0, length), smallLimit()).buffer);
    } catch {
      // It is large, or it is broken: reading it decides which.
    }
  }
  input.unread(content === null ? chunk : chunk.subarray(length));
  return content;
}

/** The bytes of one frame. */
class FrameSource {
  readonly #input: Input;
  readonly #frame = new ZstdFrame();

  constructor(input: Input) {
    this.#input = input;
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#frame.isComplete) return null;
    const chunk = await this.#input.read();
    if (chunk === null) throw new Error("unexpected end of file");
    const length = this.#frame.take(chunk);
    if (length < 0) throw new Error(this.#frame.fault);
    this.#input.unread(chunk.subarray(length));
    return chunk.subarray(0, length);
  }
}

/** All frames at once; `null` if there are too many. */
export function unzstd(
  zlib: Zlib,
  { bytes, maxBytes, maxMembers = Infinity }: AtOnce,
): Uint8Array | null {
  const decompress = zlib.zstdDecompressSync ?? noZstd();
  const parts: Uint8Array[] = [];
  let left = maxBytes;
  let count = 0;
  for (let rest = bytes; rest.length > 0;) {
    if (count++ === maxMembers) return null;
    const frame = new ZstdFrame();
    const length = frame.take(rest);
    if (length < 0) {
      if (rest !== bytes && !frame.hasBegun) break; // stray bytes
      throw new Error(frame.fault);
    }
    if (!frame.isComplete) {
      if (rest !== bytes && rest.length < 4) break;
      throw new Error("unexpected end of file");
    }
    if (!frame.isSkippable) {
      const options = { info: true as const, maxOutputLength: Math.max(1, left) };
      const { buffer } = decompress(rest.subarray(0, length), options);
      parts.push(owned(buffer));
      left -= buffer.length;
    }
    rest = rest.subarray(length);
  }
  return joined(parts);
}

/** Callers check `zlibSupports()` first. */
function noZstd(): never {
  throw new Error("this runtime's zlib has no zstd");
}
