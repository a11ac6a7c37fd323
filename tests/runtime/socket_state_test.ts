import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ReadError, WriteError } from "../../src/errors.ts";
import type { SocketHandler } from "../../src/runtime/socket.ts";
import {
  SOCKET_MOVES,
  type SocketEvent,
  SocketMachine,
  type SocketState,
} from "../../src/runtime/socket_state.ts";

/** Events that lead from "open" to each state. */
const PATHS: Record<SocketState, readonly SocketEvent[]> = {
  open: [],
  finishing: ["end"],
  finished: ["end", "drain"],
  peerEnded: ["peerEnd"],
  finishingLast: ["peerEnd", "end"],
  ended: ["peerEnd", "end", "drain"],
  refused: ["writeError"],
  lingering: ["end", "close"],
  released: ["release"],
  closed: ["close"],
};

const STATES = Object.keys(PATHS) as SocketState[];

/** What each event does in each state: the next state, what the adapter does, what the handler receives. */
const EXPECTED: Record<SocketEvent, Record<SocketState, string>> = {
  end: {
    open: "finishing",
    finishing: "finishing",
    finished: "finished",
    peerEnded: "finishingLast",
    finishingLast: "finishingLast",
    ended: "ended",
    refused: "refused",
    lingering: "lingering",
    released: "released",
    closed: "closed",
  },
  drain: {
    open: "open, onDrain",
    finishing: "finished, finish, onDrain",
    finished: "finished",
    peerEnded: "peerEnded, onDrain",
    finishingLast: "ended, finish, onDrain",
    ended: "ended",
    refused: "refused",
    lingering: "closed, free",
    released: "released",
    closed: "closed",
  },
  peerEnd: {
    open: "peerEnded, onEnd",
    finishing: "finishingLast, onEnd",
    finished: "ended, onEnd",
    peerEnded: "peerEnded",
    finishingLast: "finishingLast",
    ended: "ended",
    refused: "closed, free, onError WriteError",
    lingering: "lingering",
    released: "released",
    closed: "closed",
  },
  writeError: {
    open: "refused",
    finishing: "refused",
    finished: "refused",
    peerEnded: "closed, free, onError WriteError",
    finishingLast: "closed, free, onError WriteError",
    ended: "closed, free, onError WriteError",
    refused: "refused",
    lingering: "closed, free",
    released: "released",
    closed: "closed",
  },
  error: {
    open: "closed, free, onError ReadError",
    finishing: "closed, free, onError ReadError",
    finished: "closed, free, onError ReadError",
    peerEnded: "closed, free, onError ReadError",
    finishingLast: "closed, free, onError ReadError",
    ended: "closed, free, onError ReadError",
    refused: "closed, free, onError WriteError",
    lingering: "closed, free",
    released: "released",
    closed: "closed",
  },
  close: {
    open: "closed, free",
    finishing: "lingering, linger",
    finished: "closed, free",
    peerEnded: "closed, free",
    finishingLast: "lingering, linger",
    ended: "closed, free",
    refused: "closed, free",
    lingering: "lingering",
    released: "released",
    closed: "closed",
  },
  lingerOver: {
    open: "open",
    finishing: "finishing",
    finished: "finished",
    peerEnded: "peerEnded",
    finishingLast: "finishingLast",
    ended: "ended",
    refused: "refused",
    lingering: "closed, free",
    released: "released",
    closed: "closed",
  },
  release: {
    open: "released",
    finishing: "finishing",
    finished: "finished",
    peerEnded: "peerEnded",
    finishingLast: "finishingLast",
    ended: "ended",
    refused: "refused",
    lingering: "lingering",
    released: "released",
    closed: "closed",
  },
};

const EVENTS = Object.keys(EXPECTED) as SocketEvent[];

/** A machine whose effects and reports are listed. */
class Recorded {
  readonly list: string[] = [];
  readonly machine = new SocketMachine({
    finish: () => this.list.push("finish"),
    linger: () => this.list.push("linger"),
    free: () => this.list.push("free"),
  });
  readonly handler: SocketHandler = {
    onData: () => this.list.push("onData"),
    onEnd: () => this.list.push("onEnd"),
    onError: (error) => this.list.push(`onError ${error.name}`),
    onDrain: () => this.list.push("onDrain"),
  };

  fire(event: SocketEvent): SocketState {
    const error = event === "writeError"
      ? new WriteError("the peer has closed the connection")
      : event === "error"
      ? new ReadError("connection reset by the peer")
      : null;
    return this.machine.on(event, error);
  }
}

function machineIn(state: SocketState): Recorded {
  const recorded = new Recorded();
  recorded.machine.attach(recorded.handler);
  for (const event of PATHS[state]) recorded.fire(event);
  recorded.list.length = 0;
  return recorded;
}

describe("SocketMachine", () => {
  for (const state of STATES) {
    for (const event of EVENTS) {
      it(`${event} in ${state}: ${EXPECTED[event][state]}`, () => {
        const recorded = machineIn(state);
        assertEquals(recorded.machine.state, state);
        const next = recorded.fire(event);
        assertEquals([next, ...recorded.list].join(", "), EXPECTED[event][state]);
        assertEquals(recorded.machine.state, next);
      });
    }
  }

  it("the table has these states and events and no other", () => {
    assertEquals(Object.keys(SOCKET_MOVES).sort(), [...STATES].sort());
    for (const row of Object.values(SOCKET_MOVES)) {
      assertEquals(Object.keys(row).sort(), [...EVENTS].sort());
    }
  });

  it("canWrite and isOver follow the state", () => {
    const facts = STATES.map((state) => {
      const { canWrite, isOver } = machineIn(state).machine;
      return [state, canWrite ? "writable" : isOver ? "over" : "read-only"];
    });
    assertEquals(facts, [
      ["open", "writable"],
      ["finishing", "read-only"],
      ["finished", "read-only"],
      ["peerEnded", "writable"],
      ["finishingLast", "read-only"],
      ["ended", "read-only"],
      ["refused", "read-only"],
      ["lingering", "over"],
      ["released", "over"],
      ["closed", "over"],
    ]);
  });

  it("any sequence of three events frees the connection at most once, and reports one end or error", () => {
    for (const first of EVENTS) {
      for (const second of EVENTS) {
        for (const third of EVENTS) {
          const { list } = play([first, second, third]);
          const count = (wanted: RegExp) => list.filter((entry) => wanted.test(entry)).length;
          assertEquals(count(/free/) <= 1 && count(/onError/) <= 1 && count(/onEnd/) <= 1, true);
          const error = list.findIndex((entry) => entry.startsWith("onError"));
          assertEquals(error < 0 || error === list.length - 1, true, list.join());
        }
      }
    }
  });

  it("attach() receives an end that came before, once", async () => {
    const recorded = new Recorded();
    recorded.fire("peerEnd");
    recorded.machine.attach(recorded.handler);
    await Promise.resolve();
    recorded.machine.detach();
    recorded.machine.attach(recorded.handler);
    await Promise.resolve();
    assertEquals(recorded.list, ["onEnd"]);
  });

  it("attach() receives a failure that came before, unless the socket was closed", async () => {
    const failed = new Recorded();
    failed.fire("error");
    failed.machine.attach(failed.handler);
    await Promise.resolve();
    assertEquals(failed.list, ["free", "onError ReadError"]);
    const closed = new Recorded();
    closed.fire("error");
    closed.machine.attach(closed.handler);
    closed.fire("close");
    await Promise.resolve();
    assertEquals(closed.list, ["free"]);
  });
});

function play(events: readonly SocketEvent[]): Recorded {
  const recorded = machineIn("open");
  for (const event of events) recorded.fire(event);
  return recorded;
}
