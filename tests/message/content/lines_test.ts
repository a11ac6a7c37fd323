import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { LineSplitter } from "../../../src/message/content/lines.ts";

function split(chunks: readonly string[]): string[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.flush()];
}

const TABLE: readonly (readonly [text: string, lines: readonly string[]])[] = [
  ["", []],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\nb", ["a", "b"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["a\rb\r", ["a", "b"]],
  ["\n", [""]],
  ["\r\n\r\n", ["", ""]],
  ["\r\r\n\n", ["", "", ""]],
  ["\n\r", ["", ""]],
  ["a\n\n\rb\r\n\rc", ["a", "", "", "b", "", "c"]],
  ['{"a":"\u2028\u2029\u0085"}\v\f\x1c\nb', ['{"a":"\u2028\u2029\u0085"}\v\f\x1c', "b"]],
];

describe("LineSplitter", () => {
  it("splits at LF, CRLF and CR alone, wherever the text is cut", () => {
    for (const [text, lines] of TABLE) {
      assertEquals(split([text]), lines);
      assertEquals(split([...text]), lines);
      assertEquals(split([...text].flatMap((character) => [character, ""])), lines);
      for (let at = 1; at < text.length; at++) {
        assertEquals(split([text.slice(0, at), text.slice(at)]), lines);
      }
    }
  });

  it("gives a line as soon as its CR is there", () => {
    const splitter = new LineSplitter();
    assertEquals(splitter.push("a\r"), ["a"]);
    assertEquals(splitter.push("\nb\n"), ["b"]);
    assertEquals(splitter.flush(), []);
  });

  it("may be used again after flush()", () => {
    const splitter = new LineSplitter();
    splitter.push("a\r");
    splitter.flush();
    assertEquals([...splitter.push("\nb"), ...splitter.flush()], ["", "b"]);
  });

  it("joins a line of 200,000 chunks", () => {
    const splitter = new LineSplitter();
    for (let i = 0; i < 200_000; i++) assertEquals(splitter.push("0123456789").length, 0);
    assertEquals(splitter.push("\n")[0]?.length, 2_000_000);
  });
});
