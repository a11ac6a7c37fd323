import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFile, fileFault, openToSend } from "../../../src/runtime/program/files.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** A folder for one test. */
async function inFolder(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-files-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A signal that no test aborts. */
const never = new AbortController().signal;

describe("createFile()", () => {
  it("gives the file its name when all of it is there", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a");
      const file = await createFile(path, never);
      await file.write(text("one"));
      assertEquals(readdirSync(folder).includes("a"), false);
      await file.write(text(" two"));
      await file.commit();
      file.discard();
      assertEquals(readdirSync(folder), ["a"]);
      assertEquals(readFileSync(path, "utf8"), "one two");
    }));

  it("leaves what was there when it is discarded", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a");
      writeFileSync(path, "whole");
      const file = await createFile(path, never);
      await file.write(text("half"));
      file.discard();
      file.discard();
      assertEquals(readdirSync(folder), ["a"]);
      assertEquals(readFileSync(path, "utf8"), "whole");
    }));

  it("waits for the reader of a pipe, and for room in it, until the signal aborts", () =>
    inFolder(async (folder) => {
      const path = join(folder, "pipe");
      execFileSync("mkfifo", [path]);
      const controller = new AbortController();
      const opening = createFile(path, controller.signal);
      const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const file = await opening;
        await file.write(text("one"));
        const buffer = new Uint8Array(8);
        assertEquals(readSync(reader, buffer), 3);
        const writing = file.write(new Uint8Array(1 << 20)); // more than a pipe holds
        controller.abort(new Error("stopped"));
        await assertRejects(() => writing, Error, "stopped");
        file.discard();
      } finally {
        closeSync(reader);
      }
      const aborted = AbortSignal.abort(new Error("stopped"));
      await assertRejects(() => createFile(path, aborted), Error, "stopped");
    }));

  it("keeps the mode of a file, and a link a link", () =>
    inFolder(async (folder) => {
      const [path, link] = [join(folder, "a"), join(folder, "link")];
      writeFileSync(path, "old");
      chmodSync(path, 0o640);
      symlinkSync("a", link);
      const file = await createFile(link, never);
      await file.write(text("new"));
      await file.commit();
      assertEquals(readdirSync(folder).sort(), ["a", "link"]);
      assertEquals(readFileSync(path, "utf8"), "new");
      assertEquals(statSync(path).mode & 0o777, 0o640);
    }));

  it("writes into a device and does not replace it", async () => {
    const file = await createFile("/dev/null", never);
    await file.write(text("gone"));
    await file.commit();
    assertEquals(statSync("/dev/null").isCharacterDevice(), true);
  });

  it("refuses a folder, and a folder that is not there", async () => {
    const fault = async (path: string) =>
      fileFault(await assertRejects(() => createFile(path, never)));
    assertEquals(await fault(tmpdir()), "it is a folder");
    assertEquals(await fault("/none/a"), "there is no such file or folder");
  });

  (existsSync("/dev/full") ? it : it.skip)("says that a disk is full", async () => {
    const file = await createFile("/dev/full", never);
    const error = await assertRejects(() => file.write(text("x")));
    assertEquals(fileFault(error), "the disk is full");
    file.discard();
  });
});

describe("openToSend()", () => {
  it("knows the file's name and refuses what is none", () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, "a.txt"), "x");
      const file = await openToSend(join(folder, "a.txt"));
      file.close();
      assertEquals(file.name, "a.txt");
      const fault = async (path: string) => fileFault(await assertRejects(() => openToSend(path)));
      assertEquals(await fault(folder), "it is a folder");
      assertEquals(await fault(join(folder, "b")), "there is no such file or folder");
    }));
});
