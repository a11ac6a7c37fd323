import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bytesOf, textOf } from "./record.ts";
import { parseTranscripts, readBytes } from "./transcript.ts";

const FENCE = "```";

const UPLOAD = `# A file

Words before the first heading are nobody's.

## Two uploads

Because it shows everything.

${FENCE}client
POST / HTTP/1.1\\r\\n
Host: a\\r\\n
Content-Length: 5\\r\\n\\r\\n
he
${FENCE}

Words between blocks are for the reader.

${FENCE}server
HTTP/1.1 100 Continue\\r\\n\\r\\n
${FENCE}

${FENCE}client
llo
${FENCE}

${FENCE}client
POST /b HTTP/1.1\\r\\n
Host: a\\r\\n
Transfer-Encoding: chunked\\r\\n\\r\\n
3\\r\\nabc\\r\\n
1\\r\\nd\\r\\n
0\\r\\n\\r\\n
${FENCE}

${FENCE}server closes
\\x00\\xff
${FENCE}

${FENCE}events
one
two
${FENCE}
`;

describe("parseTranscripts()", () => {
  it("takes a conversation apart into what both sides do and what is made of it", () => {
    const [transcript, ...others] = parseTranscripts(UPLOAD);
    assertEquals(others, []);
    assertEquals(
      [transcript?.title, transcript?.why, transcript?.events],
      ["Two uploads", "Because it shows everything.", ["one", "two"]],
    );
    const steps = transcript?.steps.map((step) =>
      step.by === "server"
        ? ["server", textOf(step.bytes), step.closes]
        : ["client", step.head?.target ?? null, step.content.map(textOf), step.ends]
    );
    assertEquals(steps, [
      ["client", "/", ["he"], false],
      ["server", "HTTP/1.1 100 Continue\r\n\r\n", false],
      ["client", null, ["llo"], true],
      ["client", "/b", ["abc", "d"], true],
      ["server", "\0\xff", true],
    ]);
  });

  const broken: readonly (readonly [fault: string, markdown: string])[] = [
    ["does not say why", `## A\n\n${FENCE}events\nx\n${FENCE}\n`],
    ["has no events", "## A\n\nBecause.\n"],
    ["something follows its events", UPLOAD + `${FENCE}server\nx\n${FENCE}\n`],
    ["no block is called", `## A\n\nBecause.\n\n${FENCE}peer\nx\n${FENCE}\n`],
  ];
  for (const [fault, markdown] of broken) {
    it(`refuses a conversation that ${fault}`, () => {
      assertThrows(() => parseTranscripts(markdown), Error, fault);
    });
  }
});

describe("readBytes()", () => {
  it("reads escapes, and nothing of the lines they stand in", () => {
    assertEquals(readBytes("a b\\r\\n\n\\t\\0\\\\\n\\xE9\n"), bytesOf("a b\r\n\t\0\\\xe9"));
  });

  for (const text of ["\\q", "\\x4", "a\\"]) {
    it(`refuses ${text}`, () => {
      assertThrows(() => readBytes(text), Error, "Cannot read");
    });
  }
});
