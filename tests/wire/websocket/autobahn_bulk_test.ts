/**
 * The list of the Autobahn test suite for WebSocket clients, sections 9 (sizes and fragments), 12 and 13 (compression).
 * The server's compressor and decompressor are running streams of `node:zlib`, apart from the library's.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";
import { rawDeflate } from "../../../src/runtime/raw_deflate.ts";
import { type DeflateTerms, MessageDeflate } from "../../../src/wire/websocket/messages/deflate.ts";
import { randomSplit } from "../../support/every_split.ts";
import { seeded } from "../../support/random.ts";
import { frame, join, OP, readFrames } from "../../support/websocket/frames.ts";
import { RecordedEngine } from "../../support/websocket/record.ts";

const KB = 1024;
const { TEXT, BIN, CONT } = OP;

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** A message, in frames of `size` bytes. */
function fragmented(opcode: number, payload: Uint8Array, size: number): Uint8Array {
  const parts = [...pieces(payload, size)];
  return join(
    ...parts.map((part, i) =>
      frame(i === 0 ? opcode : CONT, part, { isFinal: i === parts.length - 1 })
    ),
  );
}

/** Receives the bytes in chunks, and echoes: the payload that was sent back. */
function echo(bytes: Uint8Array, chunkBytes: number): Uint8Array {
  const engine = new RecordedEngine();
  for (const chunk of pieces(bytes, chunkBytes)) engine.engine.receive(chunk);
  assertEquals([engine.messages.length, engine.engine.state], [1, "open"]);
  const [message = ""] = engine.messages;
  if (typeof message === "string") engine.engine.sendText(message);
  else engine.engine.sendBinary(message);
  const [sent] = readFrames(join(...engine.engine.takeOutgoing()));
  return sent?.payload ?? new Uint8Array(0);
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

const text = (size: number) => new Uint8Array(size).fill(0x2a);
const bytes = (size: number) => new Uint8Array(size).map((_, i) => i * 31 >> 3);

describe("Autobahn 9: limits and performance", () => {
  for (const size of [64, 256, 1024, 4096, 16_384]) {
    it(`9.1, 9.2 a text and a binary message of ${size} KB`, () => {
      assert(sameBytes(echo(frame(TEXT, text(size * KB)), 64 * KB), text(size * KB)));
      assert(sameBytes(echo(frame(BIN, bytes(size * KB)), 64 * KB), bytes(size * KB)));
    });
  }
  for (const size of [64, 256, 1024, 4 * KB, 16 * KB, 64 * KB, 256 * KB, 1024 * KB, 4096 * KB]) {
    it(`9.3, 9.4 4 MB in frames of ${size} bytes`, () => {
      const payload = bytes(4096 * KB).map((byte) => byte & 0x7f);
      const opcode = size % 5 < 2 ? BIN : TEXT;
      assert(sameBytes(echo(fragmented(opcode, payload, size), 64 * KB), payload));
    });
  }
  for (const size of [64, 128, 256, 512, 1024, 2048]) {
    it(`9.5, 9.6 1 MB in chunks of ${size} bytes`, () => {
      assert(sameBytes(echo(frame(TEXT, text(1024 * KB)), size), text(1024 * KB)));
      assert(sameBytes(echo(frame(BIN, bytes(1024 * KB)), size), bytes(1024 * KB)));
    });
  }
  for (const size of [0, 16, 64, 256, 1024, 4096]) {
    it(`9.7, 9.8 1000 messages of ${size} bytes`, () => {
      const message = frame(size % 3 === 0 ? BIN : TEXT, text(size));
      const all = join(...Array.from({ length: 1000 }, () => message));
      const recorded = new RecordedEngine({ echoes: true });
      for (const chunk of randomSplit(all, seeded(size))) recorded.engine.receive(chunk);
      recorded.sent();
      assertEquals([recorded.messages.length, recorded.sentFrames.length], [1000, 1000]);
    });
  }
});

type Stream = ReturnType<typeof createDeflateRaw> | ReturnType<typeof createInflateRaw>;

/** What a running stream makes of one input, up to a flush. */
function flushed(stream: Stream, input: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    const onData = (part: Uint8Array) => parts.push(part.slice());
    stream.on("data", onData);
    stream.removeAllListeners("error").once("error", reject);
    stream.write(input);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.off("data", onData);
      resolve(join(...parts));
    });
  });
}

/** Like the JSON that Autobahn sends: much of it repeats, not all. */
function document(size: number, seed: number): Uint8Array {
  const random = seeded(seed);
  let content = "";
  while (content.length < size) {
    content += `{"id":${random(1e9)},"name":"item ${random(50)}","ok":true},`;
  }
  return new TextEncoder().encode(content.slice(0, size));
}

const TAIL = [0, 0, 255, 255];

/** Sends messages of the server through the engine and back, compressed both ways. */
async function exchange(
  terms: DeflateTerms,
  { serverBits = 15, sizes }: { serverBits?: number; sizes: readonly number[] },
): Promise<void> {
  const raw = rawDeflate();
  assert(raw !== null);
  const recorded = new RecordedEngine({
    deflate: new MessageDeflate(raw, terms),
    deflateFromBytes: 0,
  });
  const compressor = () => createDeflateRaw({ windowBits: serverBits });
  const decompressor = () => createInflateRaw({ windowBits: terms.clientWindowBits });
  let outgoing = compressor();
  let incoming = decompressor();
  for (const [i, size] of sizes.entries()) {
    const payload = document(size, i % 7);
    const compressed = await flushed(outgoing, payload);
    assertEquals([...compressed.subarray(-4)], TAIL);
    const opcode = i % 2 === 0 ? TEXT : BIN;
    const message = frame(opcode, compressed.subarray(0, -4), { rsv: 4 });
    for (const chunk of pieces(message, 1 + i * 977)) recorded.engine.receive(chunk);
    const got = recorded.messages[i];
    assert(got !== undefined, `message ${i} has not come: ${recorded.received.at(-1)}`);
    assert(sameBytes(typeof got === "string" ? new TextEncoder().encode(got) : got, payload));
    if (typeof got === "string") recorded.engine.sendText(got);
    else recorded.engine.sendBinary(got);
    const [sent] = readFrames(join(...recorded.engine.takeOutgoing()));
    assert(sent !== undefined);
    const back = sent.rsv === 4
      ? await flushed(incoming, join(sent.payload, Uint8Array.from(TAIL)))
      : sent.payload;
    assert(sameBytes(back, payload), `the echo of message ${i} differs`);
    if (size > 200) assertEquals(sent.rsv, 4);
    if (terms.serverNoContextTakeover) outgoing = compressor();
    if (terms.clientNoContextTakeover) incoming = decompressor();
  }
}

const DEFAULT_TERMS: DeflateTerms = {
  clientNoContextTakeover: false,
  serverNoContextTakeover: false,
  clientWindowBits: 15,
};

describe("Autobahn 12: permessage-deflate", () => {
  for (const size of [16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072]) {
    it(`12 messages of ${size} bytes, with context takeover`, async () => {
      const sizes = Array.from({ length: size > 16_384 ? 8 : 40 }, (_, i) => size + i % 3);
      await exchange(DEFAULT_TERMS, { sizes });
    });
  }
  it("12 messages of every size, with an empty one between", async () => {
    await exchange(DEFAULT_TERMS, {
      sizes: [0, 1, 40_000, 0, 32_768, 32_767, 5, 70_000, 3, 0, 300],
    });
  });
});

describe("Autobahn 13: permessage-deflate with parameters", () => {
  const sizes = [16, 1024, 40_000, 300, 70_000, 1, 5000];
  for (const clientNoContextTakeover of [false, true]) {
    for (const serverNoContextTakeover of [false, true]) {
      for (
        const [clientWindowBits, serverBits] of [[15, 15], [9, 9], [15, 10], [10, 15]] as const
      ) {
        const name = [
          clientNoContextTakeover && "client_no_context_takeover",
          serverNoContextTakeover && "server_no_context_takeover",
          `client_max_window_bits=${clientWindowBits}`,
          `server_max_window_bits=${serverBits}`,
        ].filter(Boolean).join("; ");
        it(`13 ${name}`, async () => {
          await exchange({ clientNoContextTakeover, serverNoContextTakeover, clientWindowBits }, {
            serverBits,
            sizes,
          });
        });
      }
    }
  }

  it("13 with a client window of 256 bytes, which zlib can't make, messages are sent uncompressed", () => {
    const raw = rawDeflate();
    assert(raw !== null);
    const deflate = new MessageDeflate(raw, { ...DEFAULT_TERMS, clientWindowBits: 8 });
    assertEquals(deflate.deflate(document(5000, 1)), null);
  });
});
