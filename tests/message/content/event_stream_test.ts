import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertInstanceOf } from "@std/assert";
import { DecodingError } from "../../../src/errors.ts";
import {
  EventStreamParser,
  type ServerSentEvent,
} from "../../../src/message/content/event_stream.ts";
import { everySplit, utf8 } from "./chunks.ts";

function parse(chunks: Iterable<Uint8Array>): ServerSentEvent[] {
  const parser = new EventStreamParser();
  const events: ServerSentEvent[] = [];
  for (const chunk of chunks) parser.push(chunk, (event) => events.push(event));
  return events;
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
  [`retry: ${"9".repeat(400)}\ndata: a\n\n`, [event("a", { retry: Number.MAX_SAFE_INTEGER })]],
  ["data: a\n\nevent: b\ndata: b\n\ndata: c\n\n", [
    event("a"),
    event("b", { type: "b" }),
    event("c"),
  ]],
  ["id: 1\ndata: a\n\nid\ndata: b\n\n", [event("a", { lastEventId: "1" }), event("b")]],
  ["data:\n\ndata: \n\ndata:  \n\n", [event(""), event(""), event(" ")]],
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

  it("commits an id at the empty line, with or without data, and not before", () => {
    const parser = new EventStreamParser();
    const ids: string[] = [];
    for (const text of ["id: 1\n", "data: a\n", "\n", "id: 2\n", "\n", "id: 3\n"]) {
      parser.push(utf8(text), () => {});
      ids.push(parser.lastEventId);
    }
    assertEquals(ids, ["", "", "1", "1", "2", "2"]);
  });

  it("knows the latest retry, of a block without data too", () => {
    const parser = new EventStreamParser();
    assertEquals(parser.retryMs, null);
    parser.push(utf8("retry: 100\n\nretry: x\n\n"), () => {});
    assertEquals(parser.retryMs, 100);
  });

  it("takes a line and an event of exactly the limit, and no longer one", () => {
    const errorOf = (text: string, cut: number) => {
      const parser = new EventStreamParser({ maxLength: 10 });
      try {
        for (let at = 0; at < text.length; at += cut) {
          parser.push(utf8(text.slice(at, at + cut)), () => {});
        }
        return null;
      } catch (error) {
        assertInstanceOf(error, DecodingError);
        return error.message;
      }
    };
    const line = "Cannot read the event stream: a line is longer than 10 characters";
    const whole = "Cannot read the event stream: an event is longer than 10 characters";
    for (const cut of [1, 4, 100]) {
      assertEquals(errorOf("data: 4567\n\n", cut), null);
      assertEquals(errorOf(": 34567890", cut), null);
      assertEquals(errorOf(": 345678901\n", cut), line);
      assertEquals(errorOf("data: 45678\n\n", cut), line);
      assertEquals(errorOf("data:123\ndata:123\n\n", cut), null);
      assertEquals(errorOf("data:1234\ndata:1234\ndata:1\n\n", cut), whole);
    }
  });
});
