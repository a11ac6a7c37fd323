/**
 * Every transcript once more, on a connection over a scripted socket: what the engine's sink was told,
 * the caller is told too, and the connection ends where it must.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RemoteProtocolError } from "../../../src/errors.ts";
import type { BodySource } from "../../../src/semantics/body.ts";
import type { IncomingResponse } from "../../../src/wire/connection/connection.ts";
import { Fixture } from "../../support/connections/connection_fixture.ts";
import { settle } from "../../support/connections/fake_connections.ts";
import { quote, textOf } from "../../support/record.ts";
import { type ClientStep, readTranscripts, type Step } from "../../support/transcript.ts";

const FOLDER = new URL("../../transcripts/http1/", import.meta.url);

/** How the server's bytes are cut. */
const CUTS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array[]>> = {
  "whole": (bytes) => bytes.length === 0 ? [] : [bytes],
  "byte by byte": (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
};

/** Plays the conversation; what came of it, with `idle` or `closed` last. */
async function play(steps: readonly Step[], cut: (bytes: Uint8Array) => Uint8Array[]) {
  const fixture = new Fixture();
  const lines: string[] = [];
  let sent = "";
  let exchange = Promise.resolve();
  for (const [i, step] of steps.entries()) {
    if (step.by === "client") {
      if (step.head !== null) {
        await exchange;
        exchange = carry(fixture, { request: requestFrom(steps, i), lines });
      }
      await settle();
      sent += textOf(step.bytes);
      assertEquals(fixture.socket.sent, sent);
    } else {
      for (const chunk of cut(step.bytes)) fixture.socket.deliver(chunk);
      if (step.closes) fixture.socket.deliverEnd();
      await settle();
    }
  }
  await exchange;
  fixture.assertQuiet();
  return [...lines, fixture.told.at(-1) ?? "neither"];
}

/** A request's steps: its head is in the first, its content in all that follow before the next head. */
function requestFrom(steps: readonly Step[], first: number): ClientStep[] {
  const request: ClientStep[] = [];
  for (const step of steps.slice(first)) {
    if (step.by === "server") continue;
    if (step.head !== null && request.length > 0) break;
    request.push(step);
  }
  return request;
}

async function carry(
  fixture: Fixture,
  { request, lines }: { request: ClientStep[]; lines: string[] },
): Promise<void> {
  const head = request[0]?.head;
  if (head === null || head === undefined) throw new Error("A request begins with its head");
  const onInformational = (status: number, fields: IncomingResponse["fields"]) => {
    lines.push(`informational ${status} ${JSON.stringify(fields.lines)}`);
  };
  try {
    const response = await fixture.send({ ...head, body: bodyOf(request), onInformational });
    const { version, status, reason, fields, body, upgraded } = response;
    lines.push(`${version} ${status} ${quote(reason)} ${JSON.stringify(fields.lines)}`);
    if (upgraded !== null) {
      lines.push(`raw ${quote(await readAll(() => fixture.socket.deliverEnd(), upgraded))}`);
      await upgraded.close();
      return;
    }
    let data = "";
    try {
      for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) {
        data += textOf(bytes);
      }
    } finally {
      if (data !== "") lines.push(`data ${quote(data)}`);
    }
    lines.push(body.trailers === null ? "end" : `end ${JSON.stringify(body.trailers)}`);
  } catch (error) {
    if (!(error instanceof RemoteProtocolError)) throw error;
    lines.push(`error: ${error.message.replace(/^.*?http:\/\/example\.org\/: /, "")}`);
  }
}

async function readAll(
  end: () => void,
  stream: { read(): Promise<Uint8Array | null> },
): Promise<string> {
  await settle();
  end();
  let raw = "";
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
    raw += textOf(bytes);
  }
  return raw;
}

/** The pieces of content, in order; a request that its transcript does not end never ends. */
function bodyOf(request: readonly ClientStep[]): BodySource | null {
  const content = request.flatMap((step) => step.content);
  const ends = request.at(-1)?.ends ?? true;
  if (content.length === 0 && ends) return null;
  return {
    sizeBytes: null,
    isReplayable: false,
    bytes: null,
    open: () => {
      const left = content.slice();
      return {
        next: () => {
          const value = left.shift();
          if (value !== undefined) return Promise.resolve({ done: false, value });
          return ends ? Promise.resolve({ done: true, value: undefined }) : new Promise(() => {});
        },
        return: () => Promise.resolve({ done: true, value: undefined }),
      };
    },
  };
}

/** What a caller is not told is left out: exact lengths, the version and reason of a 1xx. */
function asCallerSees(event: string): string {
  return event
    .replace(/^(?:head|upgrade) (.*?)(?: length \S+)?$/, "$1")
    .replace(/^informational \S+ (\d+) "[^"]*"/, "informational $1");
}

/** The engine's verdict as the pool learns it. An error and another protocol end the connection too. */
function verdictOn(event: string | undefined): "idle" | "closed" {
  return event === "idle" ? "idle" : "closed";
}

for (const [file, transcripts] of readTranscripts(FOLDER)) {
  describe(`Http1Connection in ${file}`, () => {
    for (const { title, steps, events } of transcripts) {
      const told = events.filter((event) => !/^(idle|must close|waiting)$/.test(event));
      const expected = [...told.map(asCallerSees), verdictOn(events.at(-1))];
      for (const [way, cut] of Object.entries(CUTS)) {
        it(`${title}, ${way}`, async () => {
          assertEquals(await play(steps, cut), expected);
        });
      }
    }
  });
}
