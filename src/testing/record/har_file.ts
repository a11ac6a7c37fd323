/** A HAR file: read once, and written whole, with what others have added to it meanwhile. */
import { changeWholeFile, readWholeFile } from "../../runtime/program/whole_file.ts";
import { VERSION } from "../../version.ts";
import type { HAR, HAREntry } from "./har.ts";

/**
 * The entries of a file; `null` if there is none.
 *
 * @throws {TypeError} for a file that is not HAR
 */
export function readEntries(file: string): readonly HAREntry[] | null {
  const text = readWholeFile(file);
  return text === null ? null : entriesOf(text, file);
}

/** Adds entries to a file; those of `stale`, by their text, are left out. */
export function writeEntries(
  file: string,
  added: readonly HAREntry[],
  stale: ReadonlySet<string>,
): void {
  changeWholeFile(file, (text) => {
    const known = text === null ? [] : entriesOf(text, file);
    const kept = known.filter((entry) => !stale.has(JSON.stringify(entry)));
    const entries = [...kept, ...added].sort((a, b) =>
      a.startedDateTime < b.startedDateTime ? -1 : a.startedDateTime > b.startedDateTime ? 1 : 0
    );
    const creator = { name: "@httpx/httpx", version: VERSION };
    const har: HAR = { log: { version: "1.2", creator, entries } };
    return `${JSON.stringify(har, null, 2)}\n`;
  });
}

function entriesOf(text: string, file: string): readonly HAREntry[] {
  try {
    const { log } = JSON.parse(text) as Partial<HAR>;
    if (Array.isArray(log?.entries)) return log.entries;
  } catch {
    // said below
  }
  throw new TypeError(`Cannot use recording ${file}: it is not a HAR file`);
}
