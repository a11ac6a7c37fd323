import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { CloseError, ConnectError } from "@httpx/httpx";
import {
  Channel,
  decodeHead,
  HeadEncoder,
  headPieces,
  headText,
  MAX_BYTES,
  MAX_HEAD_BYTES,
  type Message,
  type Turn,
  TURN_MOVES,
  type TurnEvent,
} from "../../src/sync/thread/channel.ts";
import { CallerEndpoint, message, WorkerEndpoint } from "../../src/sync/thread/endpoints.ts";

/** The head as bytes. */
function encodeHead(head: unknown): Uint8Array {
  return new HeadEncoder().encode(headText(head));
}

const TURNS: readonly Turn[] = ["starting", "caller", "worker", "closed"];
const EVENTS: readonly TurnEvent[] = ["ready", "ask", "answer", "close"];

/** The events that lead to a turn. */
const WAYS: Readonly<Record<Turn, readonly TurnEvent[]>> = {
  starting: [],
  caller: ["ready"],
  worker: ["ready", "ask"],
  closed: ["close"],
};

function channelAt(turn: Turn): Channel {
  const channel = new Channel();
  for (const event of WAYS[turn]) channel.pass(event);
  assertEquals(channel.turn, turn);
  return channel;
}

describe("Channel.pass()", () => {
  for (const turn of TURNS) {
    for (const event of EVENTS) {
      const next = TURN_MOVES[turn][event];
      it(`${turn} · ${event}: ${next ?? "a mistake"}`, () => {
        const channel = channelAt(turn);
        if (next === undefined) assertThrows(() => channel.pass(event), Error, `it is ${turn}`);
        else channel.pass(event);
        assertEquals(channel.turn, next ?? turn);
      });
    }
  }

  it("is seen at the other end", () => {
    const channel = channelAt("caller");
    const other = new Channel(channel.memory);
    channel.pass("ask");
    assertEquals(other.turn, "worker");
  });
});

describe("Channel.read()", () => {
  it("gives what was written, as a copy", () => {
    const channel = channelAt("caller");
    const head = encodeHead({ a: "é\u{1f600}" });
    channel.write(message("send", null, new Uint8Array([1, 2, 3])), head);
    const read = channel.read();
    assertEquals([read.kind, decodeHead([read.head]), [...read.bytes]], [
      "send",
      { a: "é\u{1f600}" },
      [1, 2, 3],
    ]);
    assert(read.bytes.buffer instanceof ArrayBuffer);
  });

  it("has room for the longest head with the most bytes", () => {
    const channel = channelAt("caller");
    const bytes = new Uint8Array(MAX_BYTES).fill(7);
    channel.write(message("piece", null, bytes), new Uint8Array(MAX_HEAD_BYTES).fill(8));
    const read = channel.read();
    assertEquals([read.head.length, read.bytes.length, read.bytes.at(-1)], [
      MAX_HEAD_BYTES,
      MAX_BYTES,
      7,
    ]);
  });
});

describe("headPieces()", () => {
  it("cuts only what does not fit", () => {
    const lengths = (size: number) => headPieces(new Uint8Array(size)).map(({ length }) => length);
    assertEquals(lengths(0), [0]);
    assertEquals(lengths(MAX_HEAD_BYTES), [MAX_HEAD_BYTES]);
    assertEquals(lengths(MAX_HEAD_BYTES + 1), [MAX_HEAD_BYTES, 1]);
  });

  it("cuts characters, which are joined again", () => {
    const head = "é".repeat(MAX_HEAD_BYTES);
    assertEquals(decodeHead(headPieces(encodeHead(head))), head);
  });
});

describe("CallerEndpoint", () => {
  it("gives a worker up that does not start, after so many looks", () => {
    const channel = new Channel();
    const error = assertThrows(() => new CallerEndpoint(channel, 1).awaitStart(), ConnectError);
    assertEquals([error.phase, channel.turn], ["connect", "closed"]);
  });

  it("gives a worker up that answers no more", () => {
    const channel = channelAt("caller");
    assertThrows(() => new CallerEndpoint(channel, 1).exchange(message("send")), CloseError);
    assertEquals(channel.turn, "closed");
  });

  it("waits for one that gives signs of life", async () => {
    const channel = new Channel();
    const code = `
      const { workerData } = require("node:worker_threads");
      const words = new Int32Array(workerData, 0, 16);
      let beats = 0;
      setInterval(() => {
        Atomics.add(words, 4, 1);
        if (++beats === 20) { Atomics.store(words, 0, 1); Atomics.notify(words, 0); }
      }, 10);
    `;
    const worker = new Worker(code, { eval: true, workerData: channel.memory });
    await once(worker, "online");
    new CallerEndpoint(channel, 15).awaitStart();
    assertEquals(channel.turn, "caller");
    await worker.terminate();
  });
});

describe("WorkerEndpoint", () => {
  /** Asks as a caller does, without blocking this thread, which is the worker's too. */
  async function ask(channel: Channel, asked: Message): Promise<Message> {
    channel.write(asked, encodeHead(asked.head));
    channel.pass("ask");
    while (channel.turn === "worker") await channel.whenNot("worker");
    const { kind, head, bytes } = channel.read();
    return { kind, head: decodeHead([head]), bytes };
  }

  function serve(onAsk: (end: WorkerEndpoint, asked: Message) => void) {
    const channel = new Channel();
    const end = new WorkerEndpoint(channel);
    const listening = end.listen((asked) => onAsk(end, asked));
    const stop = async () => {
      channel.pass("close");
      await listening;
    };
    return { channel, end, stop };
  }

  it("answers at once, and later", async () => {
    const { channel, stop } = serve((end, { kind, head }) => {
      if (kind === "send") end.answer(message("head", head));
      else setTimeout(() => end.answer(message("data", head)), 1);
    });
    assertEquals((await ask(channel, message("send", { id: 1 }))).kind, "head");
    assertEquals(await ask(channel, message("read", { id: 2 })).then(({ head }) => head), {
      id: 2,
    });
    await stop();
  });

  it("keeps what it has to say while it is the caller's turn", async () => {
    const { channel, end, stop } = serve((end, { kind }) => {
      if (kind === "send") end.answer(message("want", { id: 1 }));
    });
    assertEquals((await ask(channel, message("send", { id: 1 }))).kind, "want");
    end.answer(message("error", { id: 1 }));
    assert(!end.isQuiet);
    assertEquals(channel.turn, "caller");
    assertEquals((await ask(channel, message("piece", { id: 1 }))).kind, "error");
    assert(end.isQuiet);
    await stop();
  });

  it("puts the parts of a head together, and answers in parts", async () => {
    const long = "x".repeat(MAX_HEAD_BYTES + 5);
    let asked: unknown = null;
    const { channel, stop } = serve((end, { kind, head }) => {
      if (kind === "next") return;
      asked = head;
      end.answer(message("head", long));
    });
    const [first = new Uint8Array(0), last = new Uint8Array(0)] = headPieces(encodeHead(long));
    const turn = async (kind: "part" | "send" | "next", head: Uint8Array) => {
      channel.write(message(kind), head);
      channel.pass("ask");
      while (channel.turn === "worker") await channel.whenNot("worker");
      const read = channel.read();
      return { ...read, head: read.head.slice() };
    };
    assertEquals((await turn("part", first)).kind, "next");
    const answers = [await turn("send", last)];
    assertEquals(asked, long);
    while (answers.at(-1)?.kind === "part") answers.push(await turn("next", encodeHead({ id: 0 })));
    assertEquals(decodeHead(answers.map(({ head }) => head)), long);
    await stop();
  });
});
