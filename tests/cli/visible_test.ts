import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { looksBinary, visible, visibleLine, VisibleStream } from "../../src/cli/visible.ts";

describe("visible()", () => {
  it("writes every control character as an escape, but for line ends and tabs", () => {
    for (let code = 0; code < 0x200; code++) {
      const isControl = (code < 32 || (code >= 0x7f && code < 0xa0)) && code !== 9 && code !== 10;
      const expected = isControl
        ? `\\u${code.toString(16).padStart(4, "0")}`
        : String.fromCharCode(code);
      assertEquals(visible(String.fromCharCode(code)), expected);
    }
    assertEquals(visible("a\r\nb\rc"), "a\nb\\u000dc");
  });

  it("shows what turns text around", () => {
    assertEquals(visible("exe.\u202efdp\u2066\u200f"), "exe.\\u202efdp\\u2066\\u200f");
  });
});

describe("visibleLine()", () => {
  it("writes line ends as escapes too", () => {
    assertEquals(visibleLine("a\tb\r\nc"), "a\tb\\u000d\\u000ac");
  });
});

describe("VisibleStream", () => {
  it("finds line ends that come in two pieces", () => {
    const text = "a\r\n\r\rb\x1b[2J\r";
    for (let cut = 0; cut <= text.length; cut++) {
      const stream = new VisibleStream();
      const shown = stream.push(text.slice(0, cut)) + stream.push(text.slice(cut)) + stream.end();
      assertEquals(shown, "a\n\\u000d\\u000db\\u001b[2J\\u000d");
    }
  });
});

describe("looksBinary()", () => {
  it("knows text by what it lacks", () => {
    assertEquals(["", "a\tb\n", "é", "\x1b[31mlog", "\f"].filter(looksBinary), []);
    assertEquals(["\0", "GIF89a\x01", "\ufffd"].filter((text) => !looksBinary(text)), []);
  });
});
