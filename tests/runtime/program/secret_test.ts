import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readSecret } from "../../../src/runtime/program/secret.ts";
import { fakeProgram } from "../../cli/fake_program.ts";

/** What keys come to, on a terminal. */
async function typed(...keys: (string | Uint8Array)[]) {
  const { program, stderr, rawSwitches, listeners } = fakeProgram({
    isTerminal: true,
    typed: keys,
  });
  const line = await readSecret(program, "Password: ");
  assertEquals(stderr.text, "Password: \n");
  assertEquals(rawSwitches, [true, false]);
  assertEquals(listeners.size, 0);
  return line;
}

describe("readSecret() on a terminal", () => {
  it("takes keys up to Enter, shows none, and gives the terminal back", async () => {
    assertEquals(await typed("s", "ecr", "et\r"), { kind: "entered", text: "secret" });
    assertEquals(await typed("a\nb"), { kind: "entered", text: "a" });
    assertEquals(await typed("\r"), { kind: "entered", text: "" });
  });

  it("knows Backspace, Ctrl-U and characters of several bytes", async () => {
    assertEquals(await typed("abc\x7f\x08d\r"), { kind: "entered", text: "ad" });
    assertEquals(await typed("wrong\x15right\r"), { kind: "entered", text: "right" });
    const [first = 0, second = 0] = new TextEncoder().encode("é");
    const keys = [Uint8Array.of(first), Uint8Array.of(second), "\x7fü", "😀\x7f", "\r"];
    assertEquals(await typed(...keys), { kind: "entered", text: "ü" });
    assertEquals(await typed("\x7f\x7fa\r"), { kind: "entered", text: "a" });
  });

  it("passes over arrow keys and other sequences", async () => {
    assertEquals(await typed("a\x1b[D\x1b[3~b", "\x1b", "[1;5C", "\x1bOPc\t\r"), {
      kind: "entered",
      text: "abc",
    });
  });

  it("ends at Ctrl-C, at Ctrl-D on an empty line, and with the terminal", async () => {
    assertEquals(await typed("abc\x03"), { kind: "stopped", exitCode: 130 });
    assertEquals(await typed("\x04"), { kind: "ended" });
    assertEquals(await typed("a\x04b\r"), { kind: "entered", text: "ab" });
    assertEquals(await typed("abc"), { kind: "ended" });
  });

  it("gives the terminal back when the program is told to stop", async () => {
    const fake = fakeProgram({ isTerminal: true });
    const never = new Promise<null>(() => {});
    const program = { ...fake.program, stdin: { ...fake.program.stdin, read: () => never } };
    const asked = readSecret(program, "Password: ");
    await Promise.resolve();
    fake.stop(143);
    assertEquals(await asked, { kind: "stopped", exitCode: 143 });
    assertEquals(fake.rawSwitches, [true, false]);
    assertEquals(fake.listeners.size, 0);
  });
});

describe("readSecret() from a pipe", () => {
  const piped = async (...typed: string[]) => {
    const { program, stderr, rawSwitches } = fakeProgram({ typed });
    const line = await readSecret(program, "Password: ");
    assertEquals([stderr.text, rawSwitches.length], ["", 0]);
    return line;
  };

  it("takes the first line and asks for nothing", async () => {
    assertEquals(await piped("sec", "ret\r\n", "rest"), { kind: "entered", text: "secret" });
    assertEquals(await piped("a\nb\n"), { kind: "entered", text: "a" });
    assertEquals(await piped("no line end"), { kind: "entered", text: "no line end" });
    assertEquals(await piped("\n"), { kind: "entered", text: "" });
    assertEquals(await piped(), { kind: "ended" });
  });
});
