import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ConnectError } from "../../../src/errors.ts";
import {
  connectFirst,
  interleave,
  nextMove,
  type RaceFacts,
  type Runner,
} from "../../../src/wire/dial/happy_eyeballs.ts";
import { settle } from "../../support/connections/fake_connections.ts";
import { ScriptedSocket } from "../../support/connections/scripted_socket.ts";
import { ManualTime } from "../../support/manual_clock.ts";

describe("interleave()", () => {
  it("takes the families in turn, the first address's first, each in its own order", () => {
    assertEquals(interleave([]), []);
    assertEquals(interleave(["10.0.0.1"]), ["10.0.0.1"]);
    assertEquals(interleave(["::1", "::2", "::3", "10.0.0.1", "10.0.0.2"]), [
      "::1",
      "10.0.0.1",
      "::2",
      "10.0.0.2",
      "::3",
    ]);
    assertEquals(interleave(["10.0.0.1", "10.0.0.2", "::1"]), ["10.0.0.1", "::1", "10.0.0.2"]);
  });
});

describe("nextMove()", () => {
  const facts: RaceFacts = {
    untried: 1,
    connecting: 1,
    reached: 0,
    hasFailed: false,
    isDelayOver: false,
  };
  const moves: [string, Partial<RaceFacts>, string][] = [
    ["starts where nothing runs", { connecting: 0 }, "start"],
    ["fails where nothing runs and nothing is left", { connecting: 0, untried: 0 }, "fail"],
    ["waits for an attempt", {}, "wait"],
    ["starts the next beside it once its delay is over", { isDelayOver: true }, "start"],
    ["starts the next at once where one has failed", { connecting: 2, hasFailed: true }, "start"],
    ["waits for the last", { untried: 0, isDelayOver: true, hasFailed: true }, "wait"],
    ["waits for TLS", { connecting: 0, reached: 1, isDelayOver: true }, "wait"],
    ["waits for TLS, others beside it", { reached: 1, isDelayOver: true, hasFailed: true }, "wait"],
    ["waits for TLS, with nothing left", { untried: 0, connecting: 0, reached: 1 }, "wait"],
  ];
  for (const [name, known, expected] of moves) {
    it(name, () => assertEquals(nextMove({ ...facts, ...known }), expected));
  }
});

/** A race whose attempts a test ends. */
class Track {
  readonly time = new ManualTime();
  readonly controller = new AbortController();
  /** What began and what was given up, in order. */
  readonly log: string[] = [];
  readonly sockets = new Map<string, ScriptedSocket>();
  readonly #attempts = new Map<
    string,
    Runner & { resolve: (socket: ScriptedSocket) => void; reject: (error: unknown) => void }
  >();
  readonly outcome: Promise<unknown>;

  constructor(addresses: readonly string[]) {
    this.outcome = connectFirst({
      addresses,
      clock: this.time.clock,
      peer: "example.org:80",
      signal: this.controller.signal,
      connect: (address, attempt) => {
        this.log.push(`+${address}`);
        return new Promise((resolve, reject) => {
          this.#attempts.set(address, { ...attempt, resolve, reject });
          attempt.signal.addEventListener("abort", () => {
            this.log.push(`-${address}`);
            reject(attempt.signal.reason);
          });
        });
      },
    });
    this.outcome.catch(() => {});
  }

  reach(address: string): void {
    this.#attempts.get(address)?.onReached();
  }

  connect(address: string): Promise<void> {
    const socket = new ScriptedSocket();
    this.sockets.set(address, socket);
    this.#attempts.get(address)?.resolve(socket);
    return settle();
  }

  fail(address: string, reason = "connection refused"): Promise<void> {
    const message = `Cannot connect to ${address}:80: ${reason}`;
    this.#attempts.get(address)?.reject(new ConnectError(message, { phase: "connect" }));
    return settle();
  }

  async won(address: string): Promise<void> {
    assertStrictEquals(await this.outcome, this.sockets.get(address));
    assertEquals(this.time.clock.size, 0);
  }
}

describe("connectFirst()", () => {
  it("tries the next address at once where one is refused", async () => {
    const track = new Track(["10.0.0.1", "10.0.0.2"]);
    await track.fail("10.0.0.1");
    await track.connect("10.0.0.2");
    await track.won("10.0.0.2");
    assertEquals(track.log, ["+10.0.0.1", "+10.0.0.2"]);
  });

  it("tries the next address beside a silent one after 250 ms, and closes the loser", async () => {
    const track = new Track(["2001:db8::1", "2001:db8::2", "10.0.0.1"]);
    track.time.advance(240);
    assertEquals(track.log, ["+2001:db8::1"]);
    track.time.advance(40);
    assertEquals(track.log, ["+2001:db8::1", "+10.0.0.1"]);
    await track.connect("10.0.0.1");
    await track.won("10.0.0.1");
    assertEquals(track.log, ["+2001:db8::1", "+10.0.0.1", "-2001:db8::1"]);
  });

  it("lets a slow address win that was tried first", async () => {
    const track = new Track(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    track.time.advance(300);
    track.time.advance(300);
    await track.connect("10.0.0.1");
    await track.won("10.0.0.1");
    assertEquals(track.log.slice(3), ["-10.0.0.2", "-10.0.0.3"]);
  });

  it("closes a second winner of the same moment", async () => {
    const track = new Track(["10.0.0.1", "10.0.0.2"]);
    track.time.advance(300);
    const first = track.connect("10.0.0.1");
    await track.connect("10.0.0.2");
    await first;
    await track.won("10.0.0.1");
    assertEquals(track.sockets.get("10.0.0.2")?.isClosed, true);
  });

  it("tries no other address while TLS takes its time, and the next where TLS fails", async () => {
    const track = new Track(["10.0.0.1", "10.0.0.2"]);
    track.reach("10.0.0.1");
    track.time.advance(5000);
    assertEquals(track.log, ["+10.0.0.1"]);
    await track.fail("10.0.0.1", "the server broke off the TLS handshake");
    await track.connect("10.0.0.2");
    await track.won("10.0.0.2");
  });

  it("gives each attempt a delay of its own", () => {
    const track = new Track(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]);
    const began = () => track.log.length;
    const counts = [0, 280, 280, 280, 2000].map((ms) => {
      track.time.advance(ms);
      return began();
    });
    assertEquals(counts, [1, 2, 3, 4, 4]);
    assertEquals(track.time.clock.size, 0); // nothing is left to wait for but the attempts
  });

  it("reports every failure in one error, equal reasons once", async () => {
    const track = new Track(["10.0.0.1", "10.0.0.2", "::1"]);
    await track.fail("10.0.0.1");
    await track.fail("::1", "the network has no way there");
    await track.fail("10.0.0.2");
    const error = await assertRejects(() => track.outcome, ConnectError);
    assertEquals(
      error.message,
      "Cannot connect to example.org:80: connection refused (10.0.0.1, 10.0.0.2); " +
        "the network has no way there (::1)",
    );
    assertEquals([error.phase, error.peer, error.safeToRetry], ["connect", "example.org:80", true]);
    assertInstanceOf(error.cause, AggregateError);
    assertEquals(error.cause.errors.length, 3);
    assertEquals(track.time.clock.size, 0);
  });

  it("gives up every attempt where the signal aborts, and begins none after it", async () => {
    const track = new Track(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    track.time.advance(300);
    track.controller.abort(new RangeError("enough"));
    await assertRejects(() => track.outcome, RangeError, "enough");
    track.time.advance(1000);
    await settle();
    assertEquals(track.log, ["+10.0.0.1", "+10.0.0.2", "-10.0.0.1", "-10.0.0.2"]);
    assertEquals(track.time.clock.size, 0);
  });

  it("begins nothing where the signal was aborted before", async () => {
    const signal = AbortSignal.abort(new RangeError("too late"));
    const connect = () => Promise.reject(new Error("not to be called"));
    const init = {
      addresses: ["::1"],
      clock: new ManualTime().clock,
      peer: "a:1",
      signal,
      connect,
    };
    await assertRejects(() => connectFirst(init), RangeError, "too late");
  });
});
