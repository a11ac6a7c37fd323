import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
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

describe("createFile()", () => {
  it("gives the file its name when all of it is there", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a");
      const file = createFile(path);
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
      const file = createFile(path);
      await file.write(text("half"));
      file.discard();
      file.discard();
      assertEquals(readdirSync(folder), ["a"]);
      assertEquals(readFileSync(path, "utf8"), "whole");
    }));

  it("keeps the mode of a file, and a link a link", () =>
    inFolder(async (folder) => {
      const [path, link] = [join(folder, "a"), join(folder, "link")];
      writeFileSync(path, "old");
      chmodSync(path, 0o640);
      symlinkSync("a", link);
      const file = createFile(link);
      await file.write(text("new"));
      await file.commit();
      assertEquals(readdirSync(folder).sort(), ["a", "link"]);
      assertEquals(readFileSync(path, "utf8"), "new");
      assertEquals(statSync(path).mode & 0o777, 0o640);
    }));

  it("writes into a device and does not replace it", async () => {
    const file = createFile("/dev/null");
    await file.write(text("gone"));
    await file.commit();
    assertEquals(statSync("/dev/null").isCharacterDevice(), true);
  });

  it("refuses a folder, and a folder that is not there", () => {
    const fault = (path: string) => fileFault(assertThrows(() => createFile(path)));
    assertEquals(fault(tmpdir()), "it is a folder");
    assertEquals(fault("/none/a"), "there is no such file or folder");
  });

  (existsSync("/dev/full") ? it : it.skip)("says that a disk is full", async () => {
    const file = createFile("/dev/full");
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
