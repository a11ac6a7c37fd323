import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Request, Response } from "@httpx/httpx";
import {
  awaitedFlow,
  blockingFlow,
  type DualFlow,
  exchange,
  Pause,
  paused,
  runBlocking,
  runWaiting,
} from "../../src/message/dual_flow.ts";

const request = new Request("GET", "https://example.org/");
const response = new Response(200);

/** A flow with a result: what a pause and a request gave, or what they threw. */
function* collecting(): DualFlow<unknown[]> {
  try {
    const value = yield* paused(() => Promise.resolve("waited"), () => "blocked");
    return [value, yield* exchange(request)];
  } catch (error) {
    return [error];
  }
}

/** A flow that notes what it is given, and how it ends. */
function* noting(log: unknown[]): DualFlow {
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

describe("runWaiting()", () => {
  it("returns the result, and throws what fails into the flow", async () => {
    const sent: Request[] = [];
    const send = (request: Request) => {
      sent.push(request);
      return Promise.resolve(response);
    };
    assertEquals(await runWaiting(collecting(), { send }), ["waited", response]);
    assertEquals(sent, [request]);
    const error = new Error("in a test");
    const failing = { send: () => Promise.reject(error) };
    assertEquals(await runWaiting(collecting(), failing), [error]);
  });

  it("bounds pauses by the driver's own function, but for those that end themselves", async () => {
    const late = new RangeError("late");
    const send = () => Promise.resolve(response);
    const bound = () => Promise.reject(late);
    assertEquals(await runWaiting(collecting(), { send, bound }), [late]);
    const ending = (function* (): DualFlow<unknown> {
      return yield new Pause(() => "its own", () => "", { endsItself: true });
    })();
    assertEquals(await runWaiting(ending, { send, bound }), "its own");
  });
});

describe("runBlocking()", () => {
  it("returns the result, and throws what fails into the flow", () => {
    assertEquals(runBlocking(collecting(), () => response), ["blocked", response]);
    const error = new Error("in a test");
    const fail = () => {
      throw error;
    };
    assertEquals(runBlocking(collecting(), fail), [error]);
  });
});
