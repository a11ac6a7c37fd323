/**
 * A body that becomes a file. What is there under the file's name stays until the whole of the new content is on the
 * disk; a download that fails, or is stopped, leaves nothing.
 */
import type { Response } from "../message/response/response.ts";
import { createFile, fileFault, type FileToSave } from "../runtime/program/files.ts";
import type { Program } from "../runtime/program/program.ts";
import { quoted } from "./arguments.ts";
import { Progress } from "./progress_bar.ts";

/** A file that could not be written. */
export class SaveError extends Error {}

/**
 * Saves the body.
 *
 * @throws {SaveError} where the file can't be written
 * @throws {RequestError} where the body breaks off
 */
export async function download(
  response: Response,
  { path, program }: { readonly path: string; readonly program: Program },
): Promise<void> {
  const { stderr, environment } = program;
  const file = saving(path, () => createFile(path));
  const progress = new Progress(stderr, {
    name: path.replace(/^.*[/\\]/, ""),
    totalBytes: sizeOf(response),
    isLive: stderr.isTerminal && environment("TERM") !== "dumb",
    isUnicode: isUnicode(environment),
  });
  let savedBytes: number | null = null;
  try {
    savedBytes = await writeAll(response, { file, path, progress });
  } finally {
    if (savedBytes === null) file.discard();
    await progress.end({ savedBytes });
  }
}

/** Resolves with the size of the file. */
async function writeAll(
  response: Response,
  { file, path, progress }: { file: FileToSave; path: string; progress: Progress },
): Promise<number> {
  let savedBytes = 0;
  for await (const bytes of response.iterBytes()) {
    await savingLater(path, file.write(bytes));
    savedBytes += bytes.length;
    progress.update(response.numBytesDownloaded);
  }
  await savingLater(path, file.commit());
  return savedBytes;
}

/** Of the body as it is sent: what is counted is what the network brings. */
function sizeOf({ headers }: Response): number | null {
  const length = headers.get("content-length");
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null;
}

/** As the C library decides it. */
function isUnicode(environment: Program["environment"]): boolean {
  const locale = environment("LC_ALL") ?? environment("LC_CTYPE") ?? environment("LANG") ?? "";
  return /utf-?8/i.test(locale);
}

function saving<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw saveError(path, error);
  }
}

async function savingLater(path: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw saveError(path, error);
  }
}

function saveError(path: string, cause: unknown): SaveError {
  return new SaveError(`Cannot save ${quoted(path)}: ${fileFault(cause)}`, { cause });
}
