/**
 * What every socket does when it is closed: its owner hears no more, the peer gets what was sent, and nothing stays
 * open. A part of what socket_contract.ts runs.
 */
import { assert, assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { openSockets, TELLS_OPEN_SOCKETS } from "../support/connections/open_sockets.ts";
import type { Peer } from "../support/loopback.ts";
import { SocketLog, turns } from "../support/connections/socket_log.ts";
import type { Run } from "./socket_contract.ts";

const MEGABYTES_20 = 20 * 1024 * 1024;

/** Registers the tests. */
export function testClosing(run: Run): void {
  testLastBytes(run);
  testFreeing(run);

  it("close() while reading and writing calls no handler any more", () =>
    run(closeAtEnd, async (socket, log, server) => {
      socket.write(new Uint8Array(MEGABYTES_20));
      socket.close();
      socket.close();
      socket.write(Uint8Array.of(120));
      socket.end();
      socket.pause();
      socket.resume();
      socket.ref();
      socket.unref();
      await server.allClosed();
      await turns();
      assertEquals([log.events, log.drains, log.deliveries], [[], 0, 0]);
      assertEquals(socket.unsentBytes, 0);
    }));

  it("close() from within onData() ends the deliveries", () =>
    run(async (peer) => {
      await peer.send(new Uint8Array(MEGABYTES_20));
      peer.close();
    }, async (socket, log, server) => {
      log.onDelivery = () => socket.close();
      await log.untilBytes(1);
      await server.allClosed();
      await turns();
      assertEquals([log.deliveries, log.events], [1, []]);
    }));

  it("close() from within onEnd() and onError() is fine", () =>
    run((peer) => peer.end(), async (socket, log) => {
      const waiting = log.untilOver();
      log.onEnd = () => {
        SocketLog.prototype.onEnd.call(log);
        socket.close();
      };
      await waiting;
      await turns();
      assertEquals(log.events, ["end"]);
    }));

  it("close() after the peer's reset is fine", () =>
    run(async (peer) => {
      await peer.read(1);
      peer.reset();
    }, async (socket, log) => {
      socket.write(Uint8Array.of(120));
      await log.untilOver();
      socket.close();
      socket.write(Uint8Array.of(120));
      await turns();
      assertEquals(log.events.length, 1);
    }));
}

function testLastBytes(run: Run): void {
  it("close() after write() takes nothing back: what has left arrives, then an end", () => {
    const peers = new StallingPeers();
    return run(peers.handle, async (socket, log) => {
      await log.untilBytes(1);
      socket.write(new Uint8Array(100_000)); // less than a UNIX socket holds
      await log.until(() => socket.unsentBytes === 0);
      socket.close();
      await turns();
      assertEquals(await peers.resume(), [100_000, null]);
      assertEquals(log.events, []);
    });
  });

  it("close() after end() sends what was unsent, for a moment", () => {
    const peers = new StallingPeers();
    return run(peers.handle, async (socket, log) => {
      await log.untilBytes(1);
      socket.write(new Uint8Array(MEGABYTES_20));
      socket.write(new Uint8Array(1));
      socket.end();
      socket.close();
      assertEquals(socket.unsentBytes, 0);
      await turns();
      assertEquals(await peers.resume(), [MEGABYTES_20 + 1, null]);
      assertEquals([log.events, log.drains], [[], 0]);
    });
  });

  it("queuedBytes counts nothing that the peer gets", () => {
    const peers = new StallingPeers();
    return run(peers.handle, async (socket, log) => {
      await log.untilBytes(1);
      socket.write(Uint8Array.of(120));
      assertEquals(socket.queuedBytes, 0);
      for (let i = 0; i < 2; i++) socket.write(new Uint8Array(MEGABYTES_20));
      await turns();
      const { queuedBytes } = socket;
      socket.close();
      assertEquals(socket.queuedBytes, 0);
      const [received] = await peers.resume();
      assert(received + queuedBytes <= 2 * MEGABYTES_20 + 1, `${received} + ${queuedBytes}`);
    });
  });

  it("close() of a connection at rest is an end to the peer", () => {
    const peers = new StallingPeers();
    return run(peers.handle, async (socket, log) => {
      await log.untilBytes(1);
      socket.close();
      assertEquals(await peers.resume(), [0, null]);
    });
  });
}

function testFreeing(run: Run): void {
  for (const ends of [false, true]) {
    (TELLS_OPEN_SOCKETS ? it : it.skip)(
      `close() frees the socket of a peer that never reads${ends ? ", after end() too" : ""}`,
      () => {
        return run(() => {}, async (socket, log) => {
          socket.write(new Uint8Array(MEGABYTES_20));
          if (ends) socket.end();
          await turns();
          const before = openSockets();
          socket.close();
          while (openSockets() >= before) await turns();
          assertEquals([log.events, log.drains], [[], 0]);
        });
      },
    );
  }
}

/** How many bytes a peer got, and how the connection broke, if it did. */
type Outcome = readonly [received: number, failure: string | null];

/** A peer that says a byte (what TLS has to say has come then), and reads nothing until it is told to, then everything. */
class StallingPeers {
  #resume = () => {};
  readonly #mayRead = new Promise<void>((resolve) => this.#resume = resolve);
  #tell = (_: Outcome) => {};
  readonly #outcome = new Promise<Outcome>((resolve) => this.#tell = resolve);

  readonly handle = async (peer: Peer): Promise<void> => {
    await peer.send("x");
    await this.#mayRead;
    const received = await peer.readToEnd();
    this.#tell([received, peer.failure?.message ?? null]);
    peer.close();
  };

  resume(): Promise<Outcome> {
    this.#resume();
    return this.#outcome;
  }
}

/** A peer that reads to the end, and closes. */
export async function closeAtEnd(peer: Peer): Promise<void> {
  await peer.readToEnd();
  peer.close();
}
