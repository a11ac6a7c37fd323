import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import {
  EventStreamParser,
  type ServerSentEvent,
} from "../../../src/message/content/event_stream.ts";
import { useCharsets } from "../../../src/message/content/charset.ts";
import { MORE_CHARSETS } from "../../../src/message/content/more_charsets.ts";
import { everySplit, utf8 } from "./chunks.ts";

useCharsets(MORE_CHARSETS); // with what Deno's own decoder does wrong

function parse(chunks: Iterable<Uint8Array>): ServerSentEvent[] {
  const parser = new EventStreamParser();
  return [...chunks].flatMap((chunk) => parser.push(chunk));
}

function event(data: string, rest: Partial<ServerSentEvent> = {}): ServerSentEvent {
  return { type: "message", data, lastEventId: "", ...rest };
}

// The first five are the examples of HTML §9.2.6.
const TABLE: readonly (readonly [text: string, events: readonly ServerSentEvent[]])[] = [
  ["data: YHOO\ndata: +2\ndata: 10\n\n", [event("YHOO\n+2\n10")]],
  [
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    [event("first event", { lastEventId: "1" }), event("second event"), event(" third event")],
  ],
  ["data\n\ndata\ndata\n\ndata:", [event(""), event("\n")]],
  ["data:test\n\ndata: test\n\n", [event("test"), event("test")]],
  ["event: add\ndata: 7\n\ndata: 8\n\n", [event("7", { type: "add" }), event("8")]],
  ["\ufeffdata: a\n\n", [event("a")]],
  ["data: \ufeffa\n\n", [event("\ufeffa")]],
  ["data: ü\u{1f600}\r\n\r\ndata: b\r\r", [event("ü\u{1f600}"), event("b")]],
  ["data: a\r\ndata: b\n\r", [event("a\nb")]],
  ["event: lost\n\ndata: a\n\n", [event("a")]],
  ["data: never dispatched\n", []],
  ["id: 1\n\ndata: a\n\ndata: b\n\n", [
    event("a", { lastEventId: "1" }),
    event("b", { lastEventId: "1" }),
  ]],
  ["id: 1\nid: x\0y\ndata: a\n\n", [event("a", { lastEventId: "1" })]],
  ["retry: 3000\n\ndata: a\n\ndata: b\n\n", [event("a", { retry: 3000 }), event("b")]],
  ["retry: 3s\nretry: -1\nretry:\nretry: 1.5\ndata: a\n\n", [event("a")]],
  ["Data: a\n data: b\nunknown: c\ndata: d\n\n", [event("d")]],
];

describe("EventStreamParser", () => {
  it("reads the same events wherever the bytes are cut", () => {
    for (const [text, events] of TABLE) {
      for (const chunks of everySplit(utf8(text))) assertEquals(parse(chunks), events);
    }
  });

  it("puts U+FFFD for malformed bytes and goes on", () => {
    const bytes = Uint8Array.of(...utf8("data: a"), 0xff, ...utf8("\n\ndata: b\n\n"));
    assertEquals(parse([bytes]), [event("a\ufffd"), event("b")]);
  });
});
