import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ConnectTimes, ExchangeTimes, timingsOf } from "../../src/semantics/exchange_times.ts";

const CONNECT: ConnectTimes = {
  startedAtMs: 110,
  resolvedAtMs: 115,
  securingAtMs: 130,
  connectedAtMs: 150,
};

interface Steps {
  readonly connect?: ConnectTimes | null;
  readonly isReused?: boolean;
  readonly queuedAtMs?: number;
  readonly sendingAtMs?: number;
  readonly sentAtMs?: number;
  readonly headAtMs?: number;
}

/** The parts alone, of an exchange with these steps. */
function partsOf(steps: Steps, endedAtMs: number | null): Record<string, number | null> {
  const { connect = null, isReused = false, queuedAtMs = 0, ...later } = steps;
  const times = new ExchangeTimes(connect, { isReused, queuedAtMs });
  Object.assign(times, later);
  const timings = timingsOf(times, { endedAtMs, httpVersion: null, facts: null });
  const { queued, dns, connect: connecting, tls, sending, waiting, downloading } = timings;
  return { queued, dns, connect: connecting, tls, sending, waiting, downloading };
}

describe("timingsOf()", () => {
  it("gives each part of an exchange over a connection of its own", () => {
    const steps = { connect: CONNECT, queuedAtMs: 100 };
    assertEquals(partsOf({ ...steps, sendingAtMs: 151, sentAtMs: 160, headAtMs: 200 }, 230), {
      ...{ queued: 10, dns: 5, connect: 15, tls: 20 },
      ...{ sending: 9, waiting: 40, downloading: 30 },
    });
  });

  it("gives no connecting of a reused connection, and the whole wait for it", () => {
    const steps = { connect: CONNECT, isReused: true, queuedAtMs: 300 };
    assertEquals(partsOf({ ...steps, sendingAtMs: 340, sentAtMs: 340, headAtMs: 350 }, 351), {
      ...{ queued: 40, dns: null, connect: null, tls: null },
      ...{ sending: 0, waiting: 10, downloading: 1 },
    });
  });

  it("gives no wait of an exchange that found an idle connection", () => {
    const steps = { connect: CONNECT, isReused: true, sendingAtMs: 340, sentAtMs: 340 };
    assertEquals(partsOf({ ...steps, headAtMs: 350 }, null), {
      ...{ queued: 0, dns: null, connect: null, tls: null },
      ...{ sending: 0, waiting: 10, downloading: null },
    });
  });

  it("ends at a failure, in whichever part", () => {
    const nothing = { sending: null, waiting: null, downloading: null };
    const connecting = { ...CONNECT, securingAtMs: null, connectedAtMs: null };
    assertEquals(partsOf({ connect: connecting, queuedAtMs: 110 }, 180), {
      ...{ queued: 0, dns: 5, connect: 65, tls: null },
      ...nothing,
    });
    const securing = { ...CONNECT, connectedAtMs: null };
    assertEquals(partsOf({ connect: securing, queuedAtMs: 110 }, 180), {
      ...{ queued: 0, dns: 5, connect: 15, tls: 50 },
      ...nothing,
    });
    assertEquals(partsOf({ queuedAtMs: 110 }, 180), {
      ...{ queued: 70, dns: null, connect: null, tls: null },
      ...nothing,
    });
    const sent = { connect: CONNECT, queuedAtMs: 110, sendingAtMs: 150, sentAtMs: 151 };
    assertEquals(partsOf(sent, 180).waiting, 29);
  });
});
