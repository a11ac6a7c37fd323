import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ConnectError,
  DecodingError,
  LocalProtocolError,
  ReadError,
  ReadTimeout,
  RemoteProtocolError,
  UnsupportedProtocol,
} from "../../../src/errors.ts";
import { decide, type Outcome } from "../../../src/client/events/reconnect_policy.ts";

const settings = { limit: 3, baseMs: 1000, maxMs: 30_000, random: () => 0 };
const ended: Outcome = { kind: "ended", isFinal: false };

function kindOf(outcome: Outcome): string {
  return decide(outcome, { settings, failures: 1, retryMs: null }).kind;
}

describe("decide()", () => {
  it("ends after 204, and reconnects after another end", () => {
    assertEquals(kindOf(ended), "wait");
    assertEquals(kindOf({ kind: "ended", isFinal: true }), "end");
  });

  it("throws for a status that will not change by itself", () => {
    const statuses = [300, 400, 401, 403, 404, 408, 409, 425, 429, 500, 501, 502, 503, 504, 505];
    const waits = statuses.filter((status) =>
      kindOf({ kind: "refused", status, error: new Error() }) === "wait"
    );
    assertEquals(waits, [408, 425, 429, 500, 502, 503, 504]);
  });

  it("reconnects after failures of the path and the server, not after those of the request or the content", () => {
    const failed = (error: unknown) => kindOf({ kind: "failed", error });
    for (const Passing of [ConnectError, ReadError, ReadTimeout, RemoteProtocolError]) {
      assertEquals(failed(new Passing("x")), "wait", Passing.name);
    }
    for (const Final of [LocalProtocolError, UnsupportedProtocol, DecodingError, TypeError]) {
      assertEquals(failed(new Final("x")), "throw", Final.name);
    }
  });

  it("counts the attempts that brought no event", () => {
    const kinds = [0, 1, 2, 3].map((failures) =>
      decide({ kind: "failed", error: new ReadError("x") }, { settings, failures, retryMs: null })
        .kind
    );
    assertEquals(kinds, ["wait", "wait", "wait", "throw"]);
  });

  it("never reconnects without settings", () => {
    const situation = { settings: null, failures: 0, retryMs: 1 };
    const error = new ReadError("x");
    assertEquals(decide(ended, situation), { kind: "end" });
    assertEquals(decide({ kind: "failed", error }, situation), { kind: "throw", error });
  });

  it("waits from the base to twice as much, doubled by each failure, up to the most", () => {
    const waits = (random: number, retryMs: number | null) =>
      [0, 1, 2, 6].map((failures) => {
        const drawn = { ...settings, limit: Infinity, random: () => random };
        const decision = decide(ended, { settings: drawn, failures, retryMs });
        return decision.kind === "wait" ? decision.ms : null;
      });
    assertEquals(waits(0, null), [1000, 1000, 1000, 1000]);
    assertEquals(waits(0.5, null), [1500, 2500, 4500, 15_500]);
    assertEquals(waits(0.5, 100), [150, 250, 450, 6450]);
    assertEquals(waits(0.5, 60_000), [60_000, 60_000, 60_000, 60_000]);
  });
});
