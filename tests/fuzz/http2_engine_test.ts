/** Random servers and random damage, each from a seed that a failure names. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { randomSplit } from "../support/every_split.ts";
import { seeded } from "../support/random.ts";
import {
  block,
  data,
  F,
  frame,
  headers,
  joined,
  settings,
  T,
  uint32,
} from "../support/http2/frames.ts";
import { RecordedEngine } from "../support/http2/record.ts";

type Random = (below: number) => number;

const STREAMS = [1, 3, 5, 7];

/** What a server that knows the rules says on one stream, frame by frame, and the content of it. */
function makeResponse(id: number, random: Random): { frames: Uint8Array[]; content: string } {
  const frames: Uint8Array[] = [];
  for (let i = random(3); i > 0; i--) frames.push(headers(id, { ":status": "103", a: "b" }));
  const content = "x".repeat(random(4) === 0 ? random(20_000) : random(200));
  const fields = [":status", "200"];
  for (let i = random(4); i > 0; i--) fields.push(`x-${random(9)}`, "v".repeat(random(50)));
  if (random(2) === 0) fields.push("content-length", String(content.length));
  frames.push(...inPieces(id, block(fields), random));
  for (let at = 0; at < content.length;) {
    const size = Math.min(1 + random(random(3) === 0 ? 9000 : 90), content.length - at);
    frames.push(padded(id, content.slice(at, at + size), random));
    at += size;
  }
  if (random(3) === 0) frames.push(headers(id, { "x-t": "1" }, F.END_HEADERS | F.END_STREAM));
  else frames.push(data(id, "", F.END_STREAM));
  return { frames, content };
}

/** One block as HEADERS and some CONTINUATION, as one run: nothing may come between. */
function inPieces(id: number, bytes: readonly number[], random: Random): Uint8Array[] {
  const cut = random(bytes.length);
  if (random(2) === 0) return [frame(T.HEADERS, F.END_HEADERS, id, bytes)];
  return [joined(
    frame(T.HEADERS, 0, id, bytes.slice(0, cut)),
    frame(T.CONTINUATION, 0, id, []),
    frame(T.CONTINUATION, F.END_HEADERS, id, bytes.slice(cut)),
  )];
}

function padded(id: number, content: string, random: Random): Uint8Array {
  if (random(2) === 0) return data(id, content);
  const padding = random(30);
  const codes = Array.from(content, (c) => c.charCodeAt(0));
  return frame(T.DATA, F.PADDED, id, [padding, ...codes, ...Array<number>(padding).fill(0)]);
}

/** Frames that mean something to the connection, or nothing at all. */
function makeAside(random: Random): Uint8Array {
  switch (random(6)) {
    case 0:
      return frame(T.PING, random(2), 0, [1, 2, 3, 4, 5, 6, 7, 8]);
    case 1:
      return settings(3, 100 + random(9), 4, 60_000 + random(9000), 0x77, 1);
    case 2:
      return frame(
        T.WINDOW_UPDATE,
        0,
        random(2) * (STREAMS[random(4)] ?? 0),
        uint32(1 + random(99)),
      );
    case 3:
      return frame(T.PRIORITY, 0, 1 + 2 * random(50), [0, 0, 0, 0, 1]);
    case 4:
      return settings(1, random(2) * 4096);
    default:
      return frame(11 + random(200), random(256), random(9), Array<number>(random(40)).fill(7));
  }
}

/** Four responses, their frames in turn as chance will have it. */
function makeConversation(random: Random): { bytes: Uint8Array; contents: string[] } {
  const responses = STREAMS.map((id) => makeResponse(id, random));
  const contents = responses.map(({ content }) => content);
  const frames = [settings()];
  const queues = responses.map((response) => [...response.frames]);
  while (queues.some((queue) => queue.length > 0)) {
    const next = queues[random(4)]?.shift();
    if (next !== undefined) frames.push(next);
    if (random(6) === 0) frames.push(makeAside(random));
  }
  return { bytes: joined(...frames), contents };
}

function begin(): RecordedEngine {
  const recorded = new RecordedEngine();
  for (const _ of STREAMS) recorded.open();
  return recorded;
}

/** What is told and sent, at a split; a failure is the last line. */
function outcomeOf(chunks: readonly Uint8Array[]): string[] {
  const recorded = begin();
  recorded.receive(...chunks);
  return [...recorded.told, ...recorded.sent()];
}

/** Streams that are told of more than one end, or of anything after it. */
function faultsIn(told: readonly string[]): string[] {
  const ended = new Set<string>();
  return told.filter((line) => {
    const [id = "", what = ""] = line.split(" ");
    if (id === "failed:" || !/^\d/.test(id)) return false;
    const isLate = ended.has(id);
    if (/^(end|reset)/.test(what)) ended.add(id);
    return isLate;
  });
}

describe("Http2Engine under fuzz", () => {
  it("reads 150 random conversations the same at any split", () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seeded(seed);
      const { bytes, contents } = makeConversation(random);
      const whole = begin().receive(bytes).told;
      STREAMS.forEach((id, i) => {
        const got = whole.filter((line) => line.startsWith(`${id} data`))
          .map((line) => JSON.parse(line.slice(line.indexOf("data") + 5))).join("");
        assertEquals(got.length, contents[i]?.length, `seed ${seed}, stream ${id}`);
        assert(whole.some((line) => line.startsWith(`${id} end`)), `seed ${seed}, stream ${id}`);
      });
      const outcome = outcomeOf([bytes]);
      for (let i = 0; i < 3; i++) {
        assertEquals(outcomeOf(randomSplit(bytes, random)), outcome, `seed ${seed}`);
      }
    }
  });

  it("meets 2,000 damaged conversations in the same way at any split, and tells no stream twice", () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const random = seeded(seed);
      const { bytes } = makeConversation(seeded(1 + seed % 40));
      for (let i = 1 + random(4); i > 0; i--) {
        const at = random(2) === 0 ? random(Math.min(bytes.length, 300)) : random(bytes.length);
        bytes[at] = random(256);
      }
      const recorded = begin().receive(bytes);
      assertEquals(faultsIn(recorded.told), [], `seed ${seed}`);
      const outcome = [...recorded.told, ...recorded.sent()];
      assertEquals(outcomeOf(randomSplit(bytes, random)), outcome, `seed ${seed}`);
    }
  });

  it("meets 3,000 random sequences of frames, legal or not, with events and a reason", () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const random = seeded(seed);
      const frames = [settings()];
      for (let i = random(30); i > 0; i--) {
        const id = random(3) === 0 ? 0 : random(10);
        const payload = random(3) === 0
          ? block({ ":status": String(100 + random(500)), "content-length": String(random(9)) })
          : Array.from({ length: random(20) }, () => random(256));
        frames.push(frame(random(11), random(256), id, payload));
      }
      const recorded = begin().receive(joined(...frames));
      assertEquals(faultsIn(recorded.told), [], `seed ${seed}`);
      const sent = recorded.sent();
      const failed = recorded.told.filter((line) => line.startsWith("failed"));
      const goodbyes = sent.filter((line) => line.startsWith("GOAWAY"));
      assertEquals(failed.length, goodbyes.length, `seed ${seed}`);
      assert(goodbyes.length <= 1 && !sent.some((line) => line.includes("undefined")), `${sent}`);
    }
  });
});
