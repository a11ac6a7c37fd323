/** A file of the disk in the form that this runtime streams: `Deno.FsFile`, or a lazy `Blob`. */
import type { OpenFile } from "@httpx/httpx";

/** An open file; `using` closes it. */
export interface Upload extends Disposable {
  readonly file: Blob | OpenFile;
}

/** Opens a file so that it can be sent piece by piece. */
export async function openForUpload(path: string): Promise<Upload> {
  const runtime = globalThis as unknown as {
    Deno?: { open(path: string): Promise<OpenFile & { close(): void }> };
    Bun?: { file(path: string): Blob };
  };
  if (runtime.Deno !== undefined) {
    const file = await runtime.Deno.open(path);
    return { file, [Symbol.dispose]: () => file.close() };
  }
  if (runtime.Bun !== undefined) return { file: runtime.Bun.file(path), [Symbol.dispose]() {} };
  const { openAsBlob } = await import("node:fs");
  return { file: await openAsBlob(path), [Symbol.dispose]() {} };
}
