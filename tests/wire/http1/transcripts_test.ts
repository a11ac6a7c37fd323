/** Every transcript, played to the engine: the server's bytes cut in every way, and with junk after them. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RemoteProtocolError } from "../../../src/errors.ts";
import { ByteWriter, Http1Engine } from "../../../src/wire/http1/engine.ts";
import { everySplit } from "../../support/every_split.ts";
import { bytesOf, quote, Recorder, textOf } from "../../support/record.ts";
import { type ClientStep, readTranscripts, type Step } from "../../support/transcript.ts";

const FOLDER = new URL("../../transcripts/http1/", import.meta.url);
const JUNK = bytesOf("HTTP/1.1 200 OK\r\n\r\n");

/** Plays the conversation and says what came of it, the verdict on the connection last. */
function play(steps: readonly Step[]): string[] {
  const recorder = new Recorder();
  const engine = new Http1Engine(recorder);
  let raw = "";
  try {
    for (const step of steps) {
      if (step.by === "client") {
        assertEquals(textOf(send(engine, step)), textOf(step.bytes));
      } else if (recorder.isHandedOver) {
        raw += textOf(step.bytes);
      } else {
        const lent = step.bytes.slice();
        engine.receive(lent);
        lent.fill(0);
        if (step.closes) engine.receiveEnd();
      }
    }
    if (recorder.isHandedOver) recorder.note(`raw ${quote(recorder.leading + raw)}`);
    else recorder.note(engine.isIdle ? "idle" : engine.mustClose ? "must close" : "waiting");
  } catch (error) {
    if (!(error instanceof RemoteProtocolError)) throw error;
    recorder.note(`error: ${error.message}`);
  }
  return recorder.lines;
}

function send(engine: Http1Engine, { head, content, ends }: ClientStep): Uint8Array {
  const out = new ByteWriter();
  if (head !== null) engine.sendHead(head, out);
  const pieces = content.flatMap((bytes) => engine.sendData(bytes));
  for (const piece of [...pieces, ...(ends ? engine.sendEnd() : [])]) out.append(piece);
  return out.bytes();
}

/** The same conversation with the server's bytes in these chunks, an end of a step being an end of a chunk. */
function recut(steps: readonly Step[], chunks: readonly Uint8Array[]): Step[] {
  const ends = new Set<number>();
  let end = 0;
  for (const chunk of chunks) ends.add(end += chunk.length);
  let offset = 0;
  return steps.flatMap((step): Step[] => {
    if (step.by === "client") return [step];
    const pieces: Step[] = [];
    let start = 0;
    for (let at = 1; at <= step.bytes.length; at++) {
      if (at < step.bytes.length && !ends.has(offset + at)) continue;
      pieces.push({ ...step, bytes: step.bytes.subarray(start, at), closes: false });
      start = at;
    }
    offset += step.bytes.length;
    return step.closes ? [...pieces, { ...step, bytes: new Uint8Array(0) }] : pieces;
  });
}

function serverBytes(steps: readonly Step[]): Uint8Array {
  return bytesOf(steps.map((step) => step.by === "server" ? textOf(step.bytes) : "").join(""));
}

for (const [file, transcripts] of readTranscripts(FOLDER)) {
  describe(`Http1Engine in ${file}`, () => {
    for (const { title, steps, events } of transcripts) {
      it(title, () => {
        everySplit(serverBytes(steps), (chunks) => {
          assertEquals(play(recut(steps, chunks)), [...events]);
        });
      });

      if (events.at(-1) !== "idle") continue;
      it(`${title}, and junk after it`, () => {
        const more: Step = { by: "server", bytes: JUNK, closes: false };
        assertEquals(play([...steps, more]), [...events.slice(0, -1), "must close"]);
      });
    }
  });
}
