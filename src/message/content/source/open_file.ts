/** Files that the program has opened, as bodies. */
import { hasMethods, type OpenFile, type Reading, ReadSource } from "./byte_source.ts";

/** How much is read at once. */
const READ_BYTES = 65_536;

/** An open file, and the ways to read it. */
export interface FileSource {
  readonly source: ReadSource;
  readonly file: OpenFile;
  /** Where it stood when it was given; `null` where it has no positions. */
  readonly start: number | null;
}

/** The source of an open file, or `null` where a value is none. */
export function openFileSource(value: unknown): FileSource | null {
  if (!isOpenFile(value)) return null;
  const file = value;
  const { size, isFile } = factsOf(file);
  const start = isFile ? file.seekSync(0, 1) : null; // a pipe has no positions
  const sizeBytes = start === null ? null : Math.max(0, size - start);
  const source = new ReadSource(() => reading(file, start), { sizeBytes, isReplayable: isFile });
  return { source, file, start };
}

function factsOf(file: OpenFile): ReturnType<OpenFile["statSync"]> {
  try {
    return file.statSync();
  } catch (cause) {
    throw new TypeError("Cannot send this file: it is closed, or can't be looked at", { cause });
  }
}

/** Not a generator: leaving one waits for a read that may hang. */
function reading(file: OpenFile, start: number | null): Reading<Uint8Array> {
  const buffer = new Uint8Array(READ_BYTES);
  let isAtStart = start === null;
  return {
    async next() {
      if (!isAtStart) await file.seek(start ?? 0, 0);
      isAtStart = true;
      const length = await file.read(buffer);
      if (length === null) return { done: true, value: undefined };
      return { done: false, value: buffer.subarray(0, length) };
    },
  };
}

/**
 * Reads it without promises.
 *
 * @throws {TypeError} for a file that has no `readSync()`
 */
export function* syncReading({ file, start }: FileSource): Generator<Uint8Array, void> {
  if (file.readSync === undefined) {
    throw new TypeError("Cannot read this file without waiting: it has no readSync()");
  }
  if (start !== null) file.seekSync(start, 0);
  const buffer = new Uint8Array(READ_BYTES);
  for (;;) {
    const length = file.readSync(buffer);
    if (length === null) return;
    yield buffer.subarray(0, length);
  }
}

function isOpenFile(value: unknown): value is OpenFile {
  return hasMethods(value, ["read", "seek", "seekSync", "statSync"]);
}
