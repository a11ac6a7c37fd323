/** Random responses and random damage, each from a seed that a failure names. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LocalProtocolError } from "../../src/errors.ts";
import { ByteWriter, Http1Engine } from "../../src/wire/http1/engine.ts";
import { randomSplit } from "../support/every_split.ts";
import { seeded } from "../support/random.ts";
import { bytesOf, record, Recorder, textOf } from "../support/record.ts";

type Random = (below: number) => number;

const TOKEN = "abcXYZ-_.09";
const VALUE = 'abc XYZ\t,;="\xe9\xff/\\';

function pick(random: Random, letters: string, most: number): string {
  return Array.from({ length: 1 + random(most) }, () => letters[random(letters.length)]).join("");
}

/** A valid response, and the content it carries. */
function makeResponse(random: Random): { bytes: string; content: string } {
  const content = pick(random, "0123456789\r\n\0", 300);
  const fields = Array.from(
    { length: random(6) },
    () => `X-${pick(random, TOKEN, 12)}: ${pick(random, VALUE, 40)}\r\n`,
  );
  const isChunked = random(2) === 0;
  fields.splice(
    random(fields.length + 1),
    0,
    isChunked ? "Transfer-Encoding: chunked\r\n" : `Content-Length: ${content.length}\r\n`,
  );
  let body = content;
  if (isChunked) {
    body = "";
    for (let at = 0; at < content.length;) {
      const size = Math.min(1 + random(40), content.length - at);
      body += `${size.toString(16)}${random(4) === 0 ? ";x=y" : ""}\r\n`;
      body += `${content.slice(at, at + size)}\r\n`;
      at += size;
    }
    body += "0\r\n\r\n";
  }
  return { bytes: `HTTP/1.1 200 OK\r\n${fields.join("")}\r\n${body}`, content };
}

/** Words of the protocol in a random order: most go wrong early, some get far. */
function makeNoise(random: Random): string {
  const begin = random(4) === 0 ? "" : "HTTP/1.1 200 OK\r\n";
  return begin + Array.from({ length: 1 + random(30) }, () => WORDS[random(WORDS.length)]).join("");
}

const WORDS = [
  ..."\r\n \t:;,\0\xff059afx",
  ...["\r\n", "\r\n\r\n", "HTTP/1.1 ", "HTTP/1.0 204 No\r\n", "HTTP/1.1 100 C\r\n\r\n"],
  ...["Content-Length: ", "Content-Length: 3\r\n", "Connection: close\r\n", "X: y\r\n"],
  ...["Transfer-Encoding: ", "Transfer-Encoding: chunked\r\n", "chunked", "identity\r\n"],
  ...["0\r\n", "0\r\n\r\n", "3\r\nabc\r\n", "1;a=b\r\nx\r\n", "a".repeat(100)],
];

const NAME = "abcXYZ-_.09".repeat(20) + " :\n\u0100";
const ANY = "abc/?=%".repeat(30) + " \t\r\n\0\x7f\xe9\u0100";

describe("Http1Engine under fuzz", () => {
  it("gives the same events for any split of 300 random responses", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seeded(seed);
      const { bytes, content } = makeResponse(random);
      const whole = record([bytesOf(bytes)]);
      assertEquals(
        whole.slice(-3),
        [`data ${JSON.stringify(content)}`, "end", "idle"],
        `seed ${seed}`,
      );
      for (let i = 0; i < 5; i++) {
        assertEquals(record(randomSplit(bytesOf(bytes), random)), whole, `seed ${seed}`);
      }
    }
  });

  it("meets 2,000 damaged responses with events or a RemoteProtocolError, the same at any split", () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const random = seeded(seed);
      const bytes = bytesOf(makeResponse(random).bytes);
      for (let i = 0; i <= random(4); i++) {
        bytes[random(bytes.length)] = [0, 10, 13, 32, 58, random(256)][random(6)] ?? 0;
      }
      const damaged = random(3) === 0 ? bytes.slice(random(bytes.length)) : bytes;
      const whole = record([damaged], { ends: true });
      const split = record(randomSplit(damaged, random), { ends: true });
      assertEquals(isSameStory(split, whole), true, `seed ${seed}:\n${whole}\n${split}`);
    }
  });

  it("meets 2,000 streams of random bytes the same way, whatever its limits meet first", () => {
    const limits = { maxHeadBytes: 300, maxTrailerBytes: 200, maxChunkLineBytes: 50 };
    for (let seed = 1; seed <= 2000; seed++) {
      const random = seeded(seed);
      const bytes = bytesOf(makeNoise(random));
      const whole = record([bytes], { ends: true, limits });
      const split = record(randomSplit(bytes, random), { ends: true, limits });
      assertEquals(isSameStory(split, whole), true, `seed ${seed}:\n${whole}\n${split}`);
      assertEquals(whole.filter((line) => /^(idle|must close|error: )/.test(line)).length, 1);
    }
  });

  it("carries 200 random conversations over one connection each", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seeded(seed);
      const recorder = new Recorder();
      const engine = new Http1Engine(recorder);
      const expected: string[] = [];
      for (let i = 0; i <= random(5); i++) {
        const { bytes, content } = makeResponse(random);
        engine.sendHead({ method: "GET", target: "/", fields: ["Host", "a"] }, new ByteWriter());
        engine.sendEnd();
        for (const chunk of randomSplit(bytesOf(bytes), random)) engine.receive(chunk);
        expected.push(`data ${JSON.stringify(content)}`, "end");
        assertEquals([engine.isIdle, engine.mustClose], [true, false], `seed ${seed}`);
      }
      const lines = recorder.lines.filter((line) => !line.startsWith("head"));
      assertEquals(lines, expected, `seed ${seed}`);
    }
  });

  it("writes 500 random requests whose parts are all where they belong, or nothing", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = seeded(seed);
      const fields = ["Host", "a"];
      for (let i = random(5); i > 0; i--) fields.push(pick(random, NAME, 6), pick(random, ANY, 10));
      const head = { method: pick(random, NAME, 5), target: `/${pick(random, ANY, 4)}`, fields };
      const out = new ByteWriter();
      try {
        new Http1Engine(new Recorder()).sendHead(head, out);
      } catch (error) {
        assertEquals([error instanceof LocalProtocolError, out.length], [true, 0], `seed ${seed}`);
        continue;
      }
      const [line = "", ...lines] = textOf(out.bytes()).split("\r\n");
      assertEquals(line, `${head.method} ${head.target} HTTP/1.1`);
      const read = lines.slice(0, -2).flatMap((text) => [
        text.slice(0, text.indexOf(": ")),
        text.slice(text.indexOf(": ") + 2),
      ]);
      assertEquals(read, fields, `seed ${seed}`);
      assertEquals(/[\r\n\0]/.test([line, ...lines].join("")), false);
    }
  });
});

/**
 * The same events. How much of a broken head there was by then may differ, and so may which of two
 * faults was seen first where the head is too large as well.
 */
function isSameStory(a: string[], b: string[]): boolean {
  const blurred = (lines: string[]) =>
    lines.map((line) =>
      line.replace(/\d+ bytes/, "n bytes")
        .replace(/malformed status line ".*"$|head is larger than n bytes/, "bad head")
    );
  return JSON.stringify(blurred(a)) === JSON.stringify(blurred(b));
}
