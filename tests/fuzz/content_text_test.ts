import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { EventStreamParser, type ServerSentEvent } from "../../src/message/content/event_stream.ts";
import { LineSplitter } from "../../src/message/content/lines.ts";
import { makeTextDecoder } from "../../src/message/content/charset.ts";
import { randomSplit } from "../message/content/chunks.ts";
import { seededFraction } from "../support/random.ts";

const random = seededFraction(5);

/** Text of the pieces at which something can go wrong, as UTF-8, sometimes broken. */
function trickyText(pieces: readonly string[]): Uint8Array {
  let text = "";
  for (let i = random() * 60; i > 0; i--) text += pieces[Math.floor(random() * pieces.length)];
  const bytes = new TextEncoder().encode(text);
  if (random() < 0.2 && bytes.length > 0) {
    bytes[Math.floor(random() * bytes.length)] = random() * 256;
  }
  return bytes;
}

function linesOf(chunks: Iterable<Uint8Array>): string[] {
  const decoder = makeTextDecoder("utf-8");
  const splitter = new LineSplitter();
  const lines: string[] = [];
  for (const chunk of chunks) lines.push(...splitter.push(decoder.decode(chunk, { stream: true })));
  lines.push(...splitter.push(decoder.decode()), ...splitter.flush());
  return lines;
}

describe("text", () => {
  it("has the same lines at every random split, those of one regular expression", () => {
    for (let round = 0; round < 2000; round++) {
      const bytes = trickyText(["\r", "\n", "\r\n", "a", "é", "\u{1f600}", "\u2028", "\ufeff"]);
      const expected = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
      if (expected.at(-1) === "") expected.pop();
      assertEquals(linesOf([bytes]), expected);
      assertEquals(linesOf(randomSplit(bytes, random, 4)), expected);
    }
  });

  it("has the same events at every random split", () => {
    const pieces = [
      "\n",
      "\n\n",
      "\r",
      "\r\n",
      "data",
      ":",
      ": ",
      "event",
      "id",
      "retry",
      "7",
      "x",
      "é",
      "\0",
      "\ufeff",
    ];
    for (let round = 0; round < 2000; round++) {
      const bytes = trickyText(pieces);
      assertEquals(eventsIn(randomSplit(bytes, random, 4)), eventsIn([bytes]));
    }
  });
});

function eventsIn(chunks: Iterable<Uint8Array>): ServerSentEvent[] {
  const parser = new EventStreamParser();
  const events: ServerSentEvent[] = [];
  for (const chunk of chunks) parser.push(chunk, (event) => events.push(event));
  return events;
}
