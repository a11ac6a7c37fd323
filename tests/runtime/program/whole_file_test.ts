import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeWholeFile, readWholeFile } from "../../../src/runtime/program/whole_file.ts";

function inFolder(use: (file: string, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "httpx-whole-"));
  try {
    use(join(folder, "a.txt"), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("changeWholeFile()", () => {
  it("makes and changes a file, and leaves nothing else", () =>
    inFolder((file, folder) => {
      assertEquals(readWholeFile(file), null);
      changeWholeFile(file, (text) => `${text}1`);
      changeWholeFile(file, (text) => `${text}2`);
      assertEquals([readWholeFile(file), readdirSync(folder)], ["null12", ["a.txt"]]);
    }));

  it("leaves the file as it was if the change throws", () =>
    inFolder((file, folder) => {
      writeFileSync(file, "old");
      const fail = () =>
        changeWholeFile(file, () => {
          throw new Error("mine");
        });
      assertThrows(fail, Error, "mine");
      assertEquals([readFileSync(file, "utf8"), readdirSync(folder)], ["old", ["a.txt"]]);
    }));

  it("takes the lock of a program that has ended", () =>
    inFolder((file, folder) => {
      writeFileSync(`${file}.lock`, "");
      const before = new Date(Date.now() - 60_000);
      utimesSync(`${file}.lock`, before, before);
      changeWholeFile(file, () => "new");
      assertEquals([readFileSync(file, "utf8"), readdirSync(folder)], ["new", ["a.txt"]]);
    }));
});
