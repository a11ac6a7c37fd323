import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Request, Response } from "@httpx/httpx";
import {
  awaitedFlow,
  blockingFlow,
  type EitherSteps,
  exchange,
  paused,
} from "../../../src/auth/flow/either_flow.ts";

const request = new Request("GET", "https://example.org/");
const response = new Response(200);

/** A flow that notes what it is given, and how it ends. */
function* noting(log: unknown[]): EitherSteps {
  try {
    log.push(yield* paused(() => Promise.resolve("waited"), () => "blocked"));
    log.push(yield* exchange(request));
  } catch (error) {
    log.push(error);
    yield* exchange(request);
  } finally {
    log.push("end");
  }
}

describe("awaitedFlow()", () => {
  it("waits in pauses, and hands responses and errors in", async () => {
    const log: unknown[] = [];
    const flow = awaitedFlow(noting(log));
    assertEquals((await flow.next()).value, request);
    assertEquals((await flow.next(response)).done, true);
    assertEquals(log, ["waited", response, "end"]);
    const other: unknown[] = [];
    const failing = awaitedFlow(noting(other));
    await failing.next();
    const error = new Error("in a test");
    assertEquals((await failing.throw(error)).value, request);
    await failing.return();
    assertEquals(other, ["waited", error, "end"]);
  });

  it("throws into the flow what a pause comes to", async () => {
    const flow = awaitedFlow((function* () {
      yield* paused(() => Promise.reject(new RangeError("late")), () => null);
    })());
    await assertRejects(() => flow.next(), RangeError, "late");
  });
});

describe("blockingFlow()", () => {
  it("blocks in pauses, and hands responses and errors in", () => {
    const log: unknown[] = [];
    const flow = blockingFlow(noting(log));
    assertEquals(flow.next().value, request);
    assertEquals(flow.next(response).done, true);
    assertEquals(log, ["blocked", response, "end"]);
    const other: unknown[] = [];
    const failing = blockingFlow(noting(other));
    failing.next();
    const error = new Error("in a test");
    assertEquals(failing.throw(error).value, request);
    failing.return();
    assertEquals(other, ["blocked", error, "end"]);
  });

  it("throws into the flow what a pause comes to", () => {
    const flow = blockingFlow((function* () {
      yield* paused(() => Promise.resolve(null), () => {
        throw new RangeError("can't be");
      });
    })());
    assertThrows(() => flow.next(), RangeError, "can't be");
  });
});
