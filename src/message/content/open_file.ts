/** Files that the program has opened, as bodies. */
import type { BodySource } from "../../semantics/body.ts";
import { hasMethods, type OpenFile, type Reading, ReadSource } from "./byte_source.ts";

/** How much is read at once. */
const READ_BYTES = 65_536;

/** The source of an open file, or `null` where a value is none. */
export function openFileSource(value: unknown): BodySource | null {
  if (!isOpenFile(value)) return null;
  const file = value;
  const { size, isFile } = file.statSync();
  const start = isFile ? file.seekSync(0, 1) : 0; // a pipe has no positions
  const sizeBytes = isFile ? Math.max(0, size - start) : null;
  return new ReadSource(() => reading(file, isFile ? start : null), {
    sizeBytes,
    isReplayable: isFile,
  });
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

function isOpenFile(value: unknown): value is OpenFile {
  return hasMethods(value, ["read", "seek", "seekSync", "statSync"]);
}
