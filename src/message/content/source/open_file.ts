/** Files that the program has opened, as bodies. */
import { hasMethods, type OpenFile, type Reading, ReadSource } from "./byte_source.ts";

/** How much is read at once. */
const READ_BYTES = 65_536;

/** An open file, and the ways to read it. */
export interface FileSource {
  readonly source: ReadSource;
  readonly file: OpenFile;
  /** Where it stood when it was given; `null` if it has no positions. */
  readonly start: number | null;
  /** How many bytes are sent: what the file had when it was given. `null` if that is not known. */
  readonly sizeBytes: number | null;
}

/** The source of an open file, or `null` where a value is none. */
export function openFileSource(value: unknown): FileSource | null {
  if (!isOpenFile(value)) return null;
  const file = value;
  const { size, isFile } = factsOf(file);
  const start = isFile ? file.seekSync(0, 1) : null; // a pipe has no positions
  const sizeBytes = start === null ? null : sizeOf(file, { size, start });
  const source = new ReadSource(() => reading(file, { start, sizeBytes }), {
    sizeBytes,
    isReplayable: isFile,
  });
  return { source, file, start, sizeBytes };
}

/** Of a file in `/proc` the size is 0 and the content is not: a byte that can be read shows that. */
function sizeOf(
  file: OpenFile,
  { size, start }: { readonly size: number; readonly start: number },
): number | null {
  if (size > 0) return Math.max(0, size - start);
  if (file.readSync === undefined) return null;
  const isEmpty = file.readSync(new Uint8Array(1)) === null;
  file.seekSync(start, 0);
  return isEmpty ? 0 : null;
}

function factsOf(file: OpenFile): ReturnType<OpenFile["statSync"]> {
  try {
    return file.statSync();
  } catch (cause) {
    throw new TypeError("Cannot send this file: it is closed, or can't be looked at", { cause });
  }
}

type FileRange = Pick<FileSource, "start" | "sizeBytes">;

/**
 * A file that grows while it is sent ends where it ended when it was given: so many bytes were promised. Not a
 * generator: leaving one waits for a read that may hang.
 */
function reading(file: OpenFile, { start, sizeBytes }: FileRange): Reading<Uint8Array> {
  const buffer = new Uint8Array(READ_BYTES);
  let isAtStart = start === null;
  let restBytes = sizeBytes ?? Infinity;
  return {
    async next() {
      if (!isAtStart) await file.seek(start ?? 0, 0);
      isAtStart = true;
      if (restBytes === 0) return { done: true, value: undefined };
      const length = await file.read(buffer.subarray(0, restBytes));
      if (length === null) return { done: true, value: undefined };
      restBytes -= length;
      return { done: false, value: buffer.subarray(0, length) };
    },
  };
}

/**
 * Reads it without promises.
 *
 * @throws {TypeError} for a file that has no `readSync()`
 */
export function* syncReading(
  { file, start, sizeBytes }: FileSource,
): Generator<Uint8Array, void> {
  if (file.readSync === undefined) {
    throw new TypeError("Cannot read this file without waiting: it has no readSync()");
  }
  if (start !== null) file.seekSync(start, 0);
  const buffer = new Uint8Array(READ_BYTES);
  let restBytes = sizeBytes ?? Infinity;
  while (restBytes > 0) {
    const length = file.readSync(buffer.subarray(0, restBytes));
    if (length === null) return;
    restBytes -= length;
    yield buffer.subarray(0, length);
  }
}

function isOpenFile(value: unknown): value is OpenFile {
  return hasMethods(value, ["read", "seek", "seekSync", "statSync"]);
}
