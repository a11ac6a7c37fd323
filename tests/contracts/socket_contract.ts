/**
 * What every socket does (src/runtime/socket.ts), whoever runs it: data, backpressure, ends and breaks. Run for
 * each adapter over each route.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ConnectError, ReadError, WriteError } from "../../src/errors.ts";
import type { ConnectOptions, TLSOptions } from "../../src/runtime/connect_options.ts";
import type { Connect } from "../../src/runtime/select_adapter.ts";
import type { Socket } from "../../src/runtime/socket.ts";
import { authorities, servers } from "../support/certificates.ts";
import { listen, type ListenOptions, type Loopback, type Peer } from "../support/loopback.ts";
import { SocketLog, turns } from "../support/connections/socket_log.ts";
import { closeAtEnd, testClosing } from "./closing_contract.ts";

/** A kind of connection. */
export type Route = "TCP" | "TLS" | "UNIX";

const MEGABYTES_20 = 20 * 1024 * 1024;

/** TLS as a test wants it: our authority, the name of the test's certificate. */
export const trusting: TLSOptions = {
  serverName: "localhost",
  alpnProtocols: ["http/1.1"],
  verify: true,
  ca: [authorities.ca],
  isCaExclusive: true,
  cert: null,
  key: null,
  minVersion: null,
  maxVersion: null,
  onSecret: null,
  memory: null,
};

/** Where a peer listens, as what a connection is asked for. */
export function optionsFor(
  server: Loopback,
  route: Route,
  given: Partial<ConnectOptions> = {},
): ConnectOptions {
  return {
    host: route === "TLS" ? "localhost" : server.host,
    port: server.port,
    ...(route === "UNIX" && { path: server.path }),
    tls: route === "TLS" ? trusting : null,
    signal: new AbortController().signal,
    ...given,
  };
}

const listening: Record<Route, ListenOptions> = {
  TCP: {},
  TLS: { tls: servers.good },
  UNIX: { unix: true },
};

/** One connection to a peer with its handler attached; all is closed when the test returns. */
export type Run = (
  handle: (peer: Peer) => Promise<void> | void,
  test: (socket: Socket, log: SocketLog, server: Loopback) => Promise<void>,
  options?: { keepsBytes?: boolean },
) => Promise<void>;

/** What a runtime can't do, with the reason; the tests about it are left out. */
export interface Lacks {
  /** A reset while nothing is written is told as an end, or can't be made. */
  readonly resets?: boolean;
  /** A failed write drops what has come and was not read. */
  readonly lastWords?: boolean;
  /** A write that fails after the peer has ended is told as done: Node's TLS. */
  readonly lateFailures?: boolean;
  /** Nothing can be written once the peer has ended. */
  readonly halfOpen?: boolean;
}

/** Registers the tests for one adapter and route. */
export function describeSocket(name: string, connect: Connect, route: Route, lacks: Lacks): void {
  const run: Run = async (handle, test, options = {}) => {
    await using server = await listen(handle, listening[route]);
    const socket = await connect(optionsFor(server, route));
    const log = new SocketLog(options);
    socket.attach(log);
    try {
      await test(socket, log, server);
    } finally {
      socket.close();
    }
  };
  describe(`${name} over ${route}`, () => {
    testData(run);
    testBackpressure(run);
    testPausing(run);
    testEnds(run, lacks);
    if (!lacks.resets) testReset(run);
    testBreaks(run, lacks);
    testClosing(run);
    testHandlers(run, connect, route);
    testAbort(connect, route);
  });
}

function testData(run: Run): void {
  it("write() sends, onData() gets what comes back", () =>
    run((peer) => peer.echo(), async (socket, log) => {
      log.write(socket, text("hello"));
      await log.untilBytes(5);
      assertEquals([log.text, log.events], ["hello", []]);
    }));

  it("write() keeps the order of many small writes", () =>
    run((peer) => peer.echo(), async (socket, log) => {
      const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}\n`);
      for (const line of lines) log.write(socket, text(line));
      await log.untilBytes(lines.join("").length);
      assertEquals(log.text, lines.join(""));
    }));

  it("write() of nothing sends nothing", () =>
    run((peer) => peer.echo(), async (socket, log) => {
      log.write(socket, new Uint8Array(0));
      log.write(socket, text("x"));
      log.write(socket, new Uint8Array(0));
      await log.untilBytes(1);
      assertEquals([log.text, socket.unsentBytes], ["x", 0]);
    }));

  it("write() is done with an array once unsentBytes is 0", () =>
    run((peer) => peer.echo(), async (socket, log) => {
      const bytes = new Uint8Array(64 * 1024);
      for (let round = 0; round < 20; round++) {
        bytes.fill(97 + round);
        socket.write(bytes);
        await log.until(() => socket.unsentBytes === 0);
      }
      await log.untilBytes(20 * bytes.length);
      const expected = Array.from({ length: 20 }, (_, round) => letter(round).repeat(bytes.length));
      assert(log.text === expected.join(""), "an array was read after it was said to be free");
    }));
}

const letter = (round: number) => String.fromCharCode(97 + round);

function testBackpressure(run: Run): void {
  it("unsentBytes says what a stalled peer has not taken, onDrain() when it has", () => {
    let resume = () => {};
    const mayRead = new Promise<void>((resolve) => resume = resolve);
    let received = 0;
    return run(async (peer) => {
      await mayRead;
      received = (await peer.read(MEGABYTES_20)).length;
      await peer.send("done");
    }, async (socket, log) => {
      log.write(socket, new Uint8Array(MEGABYTES_20));
      assert(socket.unsentBytes > 0 && socket.unsentBytes <= MEGABYTES_20);
      await turns();
      assert(socket.unsentBytes > 0, "a peer that reads nothing has taken 20 MB");
      assertEquals(log.drains, 0);
      resume();
      await log.untilBytes(4);
      await log.until(() => log.drains > 0);
      assertEquals([received, socket.unsentBytes, log.drains], [MEGABYTES_20, 0, 1]);
      assertEquals(log.calledInside, []);
    });
  });
}

function testPausing(run: Run): void {
  it("pause() stops data after one delivery at most, resume() goes on", () => {
    let isSent = false;
    return run(async (peer) => {
      await peer.send(new Uint8Array(MEGABYTES_20));
      isSent = true;
      peer.end();
    }, async (socket, log) => {
      let deliveriesWhilePaused = 0;
      let isPaused = false;
      log.onDelivery = () => {
        if (isPaused) deliveriesWhilePaused++;
        isPaused = true;
        socket.pause();
      };
      await log.untilBytes(1);
      await turns();
      assert(deliveriesWhilePaused <= 1, `${deliveriesWhilePaused} deliveries while paused`);
      assertEquals([isSent, log.events], [false, []]);
      log.onDelivery = () => {};
      socket.resume();
      await log.untilOver();
      assertEquals([log.receivedBytes, log.events], [MEGABYTES_20, ["end"]]);
    }, { keepsBytes: false });
  });

  it("pause() and resume() in turn lose nothing", () =>
    run(async (peer) => {
      await peer.send(new Uint8Array(MEGABYTES_20 / 10));
      peer.end();
    }, async (socket, log) => {
      log.onDelivery = () => {
        socket.pause();
        socket.resume();
        socket.pause();
        queueMicrotask(() => socket.resume());
      };
      await log.untilOver();
      assertEquals([log.receivedBytes, log.events], [MEGABYTES_20 / 10, ["end"]]);
    }, { keepsBytes: false }));
}

function testEnds(run: Run, lacks: Lacks): void {
  it("end() ends one direction: the peer may go on sending", () =>
    run(async (peer) => {
      const bytes = await peer.readToEnd();
      await peer.send(`got ${bytes}`);
      peer.end();
    }, async (socket, log) => {
      socket.write(text("12345"));
      socket.end();
      await log.untilOver();
      assertEquals([log.text, log.events], ["got 5", ["end"]]);
    }));

  it("end() comes after everything that is unsent", () =>
    run(async (peer) => {
      await peer.send(`got ${await peer.readToEnd()}`);
      peer.end();
    }, async (socket, log) => {
      socket.write(new Uint8Array(MEGABYTES_20 / 4));
      socket.write(new Uint8Array(1));
      socket.end();
      await log.untilOver();
      assertEquals(log.text, `got ${MEGABYTES_20 / 4 + 1}`);
    }));

  it("onEnd() comes once where both have ended", () =>
    run((peer) => peer.echo(), async (socket, log) => {
      socket.write(text("x"));
      socket.end();
      await log.untilOver();
      await turns();
      assertEquals([log.text, log.events], ["x", ["end"]]);
    }));

  if (lacks.halfOpen) return;
  it("onEnd() says that the peer has ended; writing goes on", () => {
    let received = "";
    let hasReceived = () => {};
    const done = new Promise<void>((resolve) => hasReceived = resolve);
    return run(async (peer) => {
      await peer.send("bye");
      peer.end();
      received = await peer.readText(6);
      hasReceived();
    }, async (socket, log) => {
      await log.untilOver();
      assertEquals([log.text, log.events], ["bye", ["end"]]);
      socket.write(text("thanks"));
      await done;
      assertEquals(received, "thanks");
    });
  });
}

function testReset(run: Run): void {
  it("onError() reports a reset while reading, after the data that came before", () =>
    run(async (peer) => {
      await peer.send("before");
      await peer.read(1);
      peer.reset();
    }, async (socket, log) => {
      await log.untilBytes(6);
      socket.write(text("x"));
      await log.untilOver();
      await turns();
      assertEquals([log.text, log.events], ["before", ["error ReadError"]]);
      assertEquals(String(log.error), "ReadError: connection reset by the peer");
    }));
}

function testBreaks(run: Run, lacks: Lacks): void {
  it("onError() reports a reset while writing, after the data that came before", () =>
    run(async (peer) => {
      await peer.read(1);
      await peer.send("no, thanks");
      peer.reset();
    }, async (socket, log) => {
      socket.write(new Uint8Array(MEGABYTES_20));
      await log.untilOver();
      await turns();
      if (!lacks.lastWords) assertEquals(log.text, "no, thanks");
      assertEquals(log.events.length, 1);
      assert(log.error instanceof WriteError || log.error instanceof ReadError, String(log.events));
    }));

  if (lacks.lateFailures) return;
  it("onError() reports a write that fails after the peer has ended", () =>
    run(async (peer) => {
      await peer.read(1);
      peer.end();
      await peer.read(1024 * 1024);
      peer.reset();
    }, async (socket, log) => {
      socket.write(new Uint8Array(MEGABYTES_20));
      await log.until(() => log.error !== null);
      await turns();
      assertEquals(log.events.at(-1), `error ${log.error?.constructor.name}`);
      assertEquals(log.events.filter((event) => event.startsWith("error")).length, 1);
    }));
}

function testHandlers(run: Run, connect: Connect, route: Route): void {
  it("attach() from within onData() replaces the handler", () =>
    run((peer) => peer.echo(), async (socket, log) => {
      const second = new SocketLog();
      log.onDelivery = () => socket.attach(second);
      socket.write(text("a"));
      await log.untilBytes(1);
      socket.write(text("b"));
      await second.untilBytes(1);
      assertEquals([log.text, second.text], ["a", "b"]);
    }));

  it("attach() that comes late gets what has come since", async () => {
    await using server = await listen(async (peer) => {
      await peer.send("early");
      peer.end();
    }, listening[route]);
    const socket = await connect(optionsFor(server, route));
    await turns();
    const log = new SocketLog();
    socket.attach(log);
    await log.untilOver();
    socket.close();
    assertEquals([log.text, log.events], ["early", ["end"]]);
  });

  it("attach() that comes after a break is told of it", async () => {
    await using server = await listen(async (peer) => {
      await peer.read(1);
      peer.reset();
    }, listening[route]);
    const socket = await connect(optionsFor(server, route));
    socket.write(text("x"));
    await server.allClosed();
    await turns();
    const log = new SocketLog();
    socket.attach(log);
    await log.untilOver();
    await turns();
    socket.close();
    assertEquals(log.events.length, 1);
  });

  it("onData() gives bytes to keep where givesBytes says so", () =>
    run((peer) => peer.echo(), async (socket, log) => {
      const kept: Uint8Array[] = [];
      log.onDelivery = (bytes) => kept.push(bytes);
      for (let round = 0; round < 20; round++) {
        socket.write(text(letter(round).repeat(100)));
        await log.untilBytes((round + 1) * 100);
      }
      assertEquals(kept.filter((bytes) => bytes.constructor !== Uint8Array), []); // no Buffer
      if (!socket.givesBytes) return;
      const decoder = new TextDecoder();
      assertEquals(kept.map((bytes) => decoder.decode(bytes)).join(""), log.text);
    }));
}

function testAbort(connect: Connect, route: Route): void {
  it("a signal aborted before connects nothing", async () => {
    await using server = await listen(() => {}, listening[route]);
    const signal = AbortSignal.abort(new RangeError("too late"));
    await assertRejects(
      () => connect(optionsFor(server, route, { signal })),
      RangeError,
      "too late",
    );
    await turns();
    assertEquals(server.accepted, 0);
  });

  it("a signal aborted while connecting leaves nothing open", async () => {
    await using server = await listen(closeAtEnd, listening[route]);
    const controller = new AbortController();
    const connecting = connect(optionsFor(server, route, { signal: controller.signal }));
    controller.abort(new RangeError("enough"));
    await assertRejects(() => connecting, RangeError, "enough");
    await turns();
    // A TLS server that never gets a handshake hands its connection to nobody who could see the end.
    if (route !== "TLS") await server.allClosed();
  });

  it("a signal aborted after connecting changes nothing", async () => {
    await using server = await listen((peer) => peer.echo(), listening[route]);
    const controller = new AbortController();
    const socket = await connect(optionsFor(server, route, { signal: controller.signal }));
    controller.abort();
    const log = new SocketLog();
    socket.attach(log);
    socket.write(text("x"));
    await log.untilBytes(1);
    socket.close();
    assertEquals([log.text, log.events], ["x", []]);
  });
}

/** Bytes of a text. */
export function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

/** What a failed connection says. */
export async function connectErrorOf(connecting: Promise<Socket>): Promise<ConnectError> {
  try {
    (await connecting).close();
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("The connection was made");
}
