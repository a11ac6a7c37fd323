/**
 * A body that becomes a file. What is there under the file's name stays until the whole of the new content is on the
 * disk; a download that fails, or is stopped, leaves nothing.
 */
import type { Response } from "../message/response/response.ts";
import { createFile, fileFault, type FileToSave } from "../runtime/program/files.ts";
import type { Program } from "../runtime/program/program.ts";
import { quoted } from "./arguments.ts";
import { ProgressBar } from "./progress_bar.ts";

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
  { path, program, signal }: {
    readonly path: string;
    readonly program: Program;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { stderr, environment } = program;
  const file = await saving(path, signal, createFile(path, signal));
  const progress = new ProgressBar(stderr, {
    name: path.replace(/^.*[/\\]/, ""),
    totalBytes: sizeOf(response),
    isLive: stderr.isTerminal && environment("TERM") !== "dumb",
    isUnicode: isUnicode(environment),
  });
  let savedBytes: number | null = null;
  try {
    savedBytes = await writeAll(response, { file, path, progress, signal });
  } finally {
    if (savedBytes === null) file.discard();
    await progress.end({ savedBytes });
  }
}

/** Resolves with the size of the file. */
async function writeAll(
  response: Response,
  { file, path, progress, signal }: {
    readonly file: FileToSave;
    readonly path: string;
    readonly progress: ProgressBar;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  let savedBytes = 0;
  for await (const bytes of response.iterBytes()) {
    await saving(path, signal, file.write(bytes));
    savedBytes += bytes.length;
    progress.update(response.numBytesDownloaded);
  }
  await saving(path, signal, file.commit());
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

async function saving<Value>(
  path: string,
  signal: AbortSignal,
  work: Promise<Value>,
): Promise<Value> {
  try {
    return await work;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new SaveError(`Cannot save ${quoted(path)}: ${fileFault(cause)}`, { cause });
  }
}
