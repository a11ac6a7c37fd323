/** Random responses and random damage, each from a seed that a failure names. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { randomSplit, seeded } from "../support/every_split.ts";
import { bytesOf, record } from "../support/record.ts";

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
});

/** The same events; only how many bytes a broken head had by then may differ. */
function isSameStory(a: string[], b: string[]): boolean {
  const blurred = (lines: string[]) =>
    lines.map((line) => line.replace(/\d+ bytes/, "n bytes").replace(/line ".*"$/, "line"));
  return JSON.stringify(blurred(a)) === JSON.stringify(blurred(b));
}
