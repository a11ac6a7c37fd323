/** Files that the command line sends and saves. A saved file appears under its name whole, or not at all. */
import { builtin, runtimeName } from "../host.ts";

/** A file that is read while it is sent. */
export interface FileToSend {
  /** Its name without its folders. */
  readonly name: string;
  readonly content: Blob | DenoFile;
  close(): void;
}

/** What the library takes as an open file. */
export interface DenoFile {
  read(buffer: Uint8Array): Promise<number | null>;
  seek(offset: number, whence: number): Promise<number>;
  seekSync(offset: number, whence: number): number;
  statSync(): { readonly size: number; readonly isFile: boolean };
  close(): void;
}

/** A file that is being written. One of `commit()` and `discard()` ends it. */
export interface FileToSave {
  write(bytes: Uint8Array): Promise<void>;
  /** All is there: now it gets its name, in place of what had it. */
  commit(): Promise<void>;
  /** Nothing of it is left. Idempotent, and harmless after `commit()`. */
  discard(): void;
}

interface Stats {
  readonly mode: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

interface FileSystem {
  statSync(path: string): Stats;
  realpathSync(path: string): string;
  readFileSync(path: string, encoding: "utf8"): string;
  readonly constants: { readonly O_WRONLY: number; readonly O_NONBLOCK?: number };
  openSync(path: string, flags: string | number, mode?: number): number;
  write(
    fd: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: null,
    done: (error: Error | null, written: number) => void,
  ): void;
  closeSync(fd: number): void;
  chmodSync(path: string, mode: number): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  openAsBlob(path: string): Promise<Blob>;
}

interface Paths {
  basename(path: string): string;
  dirname(path: string): string;
  join(...parts: string[]): string;
}

const host = globalThis as unknown as {
  Deno: { openSync(path: string): DenoFile };
  Bun?: { file(path: string): Blob };
};

/** Opens a file to send; throws what `fileFault()` explains. */
export async function openToSend(path: string): Promise<FileToSend> {
  const name = paths().basename(path);
  if (fileSystem().statSync(path).isDirectory()) throw folderError();
  if (runtimeName() === "deno") {
    const content = host.Deno.openSync(path);
    return { name, content, close: () => content.close() };
  }
  fileSystem().closeSync(fileSystem().openSync(path, "r")); // a Blob would tell only when it is read
  const content = host.Bun?.file(path) ?? await fileSystem().openAsBlob(path);
  return { name, content, close() {} };
}

/** A file's text; throws what `fileFault()` explains. */
export function readText(path: string): string {
  return fileSystem().readFileSync(path, "utf8");
}

/** Whether there is a folder of this name. */
export function isFolder(path: string): boolean {
  return statsOf(path)?.isDirectory() === true;
}

/** Why a file can't be made in a folder, as far as the folder shows; `null` if it does not. */
export function folderFault(path: string): string | null {
  try {
    return fileSystem().statSync(path).isDirectory() ? null : "it is no folder";
  } catch (error) {
    return fileFault(error);
  }
}

/** The folder that a file is in. */
export function folderOf(path: string): string {
  return paths().dirname(path);
}

/**
 * Begins to save a file; rejects with what `fileFault()` explains. What is not a file (a pipe, a device) is waited for, to
 * open and with each write, until the signal aborts.
 */
export async function createFile(path: string, signal: AbortSignal): Promise<FileToSave> {
  const stats = statsOf(path);
  if (stats?.isDirectory()) throw folderError();
  if (stats !== null && !stats.isFile()) return await openDevice(path, signal);
  const fs = fileSystem();
  const target = stats === null ? path : fs.realpathSync(path); // a link stays, and leads to the new content
  const part = partOf(target);
  const fd = fs.openSync(part, "wx", stats === null ? 0o666 : 0o600);
  let state: "open" | "closed" | "gone" = "open";
  const close = () => {
    if (state === "open") fs.closeSync(fd);
    state = "closed";
  };
  return {
    write: (bytes) => writeAll(fd, bytes, signal),
    commit() {
      close();
      if (stats !== null) fs.chmodSync(part, stats.mode & 0o777);
      fs.renameSync(part, target);
      state = "gone";
      return Promise.resolve();
    },
    discard() {
      if (state === "gone") return;
      close();
      fs.unlinkSync(part);
      state = "gone";
    },
  };
}

/** Whether an error is the system's about a file, and known to `fileFault()`. */
export function isFileFault(error: unknown): boolean {
  return Object.hasOwn(FAULTS, (error as { readonly code?: string }).code ?? "");
}

/** What is wrong with a file, in words that follow a colon. */
export function fileFault(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return FAULTS[code ?? ""] ?? message ?? String(error);
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it is larger than the file system can hold",
  ENAMETOOLONG: "the name is too long",
};

/** Beside the file, so that renaming it is one step; hidden, and never a name that is in use. */
function partOf(target: string): string {
  return paths().join(paths().dirname(target), `.httpx-${crypto.randomUUID().slice(0, 8)}.part`);
}

/**
 * `/dev/null`, a pipe: it has no content to protect, and must not be replaced by a file. It never blocks: open(2) of a pipe
 * that nothing reads would hold this thread, and with it the listeners of signals.
 */
async function openDevice(path: string, signal: AbortSignal): Promise<FileToSave> {
  const fs = fileSystem();
  const { O_WRONLY, O_NONBLOCK = 0 } = fs.constants;
  const fd = await repeated("ENXIO", signal, () => fs.openSync(path, O_WRONLY | O_NONBLOCK));
  let isOpen = true;
  const close = () => {
    if (isOpen) fs.closeSync(fd);
    isOpen = false;
  };
  return {
    write: (bytes) => writeAll(fd, bytes, signal),
    commit: () => Promise.resolve(close()),
    discard: close,
  };
}

async function writeAll(fd: number, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await repeated("EAGAIN", signal, () =>
      new Promise<number>((resolve, reject) => {
        fileSystem().write(fd, bytes, done, bytes.length - done, null, (error, written) => {
          if (error) reject(error);
          else resolve(written);
        });
      }));
  }
}

/** How long a pipe is left alone that has no reader, or no room. No runtime reports when that changes. */
const RETRY_MS = 20;

/** Tries until it fails with another code, or the signal aborts. */
async function repeated<Value>(
  code: string,
  signal: AbortSignal,
  work: () => Value | Promise<Value>,
): Promise<Value> {
  while (true) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if ((error as { readonly code?: string }).code !== code) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function statsOf(path: string): Stats | null {
  try {
    return fileSystem().statSync(path);
  } catch {
    return null; // what is wrong with it, opening it will say
  }
}

function folderError(): Error {
  return Object.assign(new Error("It is a folder"), { code: "EISDIR" });
}

function fileSystem(): FileSystem {
  return builtin<FileSystem>("node:fs") as FileSystem; // Deno, Bun and Node have it
}

function paths(): Paths {
  return builtin<Paths>("node:path") as Paths;
}
