/** Bytes in chunks, for the tests of what reads and writes them. */
import type { BodySource } from "../../../src/semantics/body.ts";
import type { ByteReader } from "../../../src/message/content/decoding/byte_reader.ts";
import { joinBytes } from "../../../src/message/content/join_bytes.ts";

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of UTF-8 bytes. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** One array of several. */
export function concat(...chunks: readonly Uint8Array[]): Uint8Array {
  return joinBytes(chunks);
}

/** Fails at the first byte that differs (an `assertEquals` of a megabyte takes seconds). */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, about = ""): void {
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at < 0 && actual.length === expected.length) return;
  throw new Error(
    `${about} Bytes differ at ${
      at < 0 ? "the end" : at
    }: ${actual.length} against ${expected.length}`,
  );
}

/** The bytes whole, cut in two at every place, and byte by byte. */
export function* everySplit(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** The bytes in chunks of random sizes up to `max`. */
export function* randomSplit(
  bytes: Uint8Array,
  random: () => number,
  max: number,
): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length;) {
    const size = 1 + Math.floor(random() * max);
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
}

/** A reader of chunks that counts what is read from it. */
export function readerOf(chunks: Iterable<Uint8Array>): ByteReader & { bytesRead: number } {
  const iterator = chunks[Symbol.iterator]();
  return {
    bytesRead: 0,
    read(): Promise<Uint8Array | null> {
      const { done, value } = iterator.next();
      if (done) return Promise.resolve(null);
      this.bytesRead += value.length;
      return Promise.resolve(value);
    },
  };
}

/** Everything a reader has. */
export async function readAll(reader: ByteReader): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
    if (chunk.length === 0) throw new Error("An empty chunk");
    chunks.push(chunk);
  }
  return joinBytes(chunks);
}

/** One whole reading of a source, each chunk copied when it comes. */
export async function chunksOf(source: BodySource): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const iterator = source.open();
  for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
    if (step.value.length === 0) throw new Error("An empty chunk");
    chunks.push(step.value.slice());
  }
  return chunks;
}

/** One whole reading of a source, as one array. */
export async function bytesFrom(source: BodySource): Promise<Uint8Array> {
  return joinBytes(await chunksOf(source));
}
