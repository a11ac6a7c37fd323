import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Trace, type TraceCallback, traced } from "../../src/observe/trace.ts";
import { settle } from "../support/connections/fake_connections.ts";

const request = {};

function traceOf(callback: TraceCallback | null, listener: TraceCallback | null = null): Trace {
  return new Trace({ request, callback, listener });
}

/** A callback that ends each of its turns when the test says so. */
class SlowCallback {
  readonly began: string[] = [];
  readonly #turns: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  readonly callback: TraceCallback = (event) => {
    this.began.push(event);
    return new Promise<void>((resolve, reject) => this.#turns.push({ resolve, reject }));
  };

  async finish(error?: unknown): Promise<void> {
    const turn = this.#turns.shift();
    if (error === undefined) turn?.resolve();
    else turn?.reject(error);
    await settle();
  }
}

describe("Trace", () => {
  it("tells callback and listener of start, completion and failure", () => {
    const told: unknown[] = [];
    const heard: unknown[] = [];
    const trace = traceOf(
      (event, info) => void told.push([event, info]),
      (event) => void heard.push(event),
    );
    trace.start("connection.connect_unix_socket", { path: "/a", timeout: 5 });
    trace.complete("connection.connect_unix_socket", 7);
    const error = new Error("broken");
    trace.fail("http11.send_request_body", error);
    assertEquals(told, [
      ["connection.connect_unix_socket.started", { path: "/a", timeout: 5 }],
      ["connection.connect_unix_socket.complete", { return_value: 7 }],
      ["http11.send_request_body.failed", { exception: error }],
    ]);
    assertEquals(heard.length, 3);
  });

  it("calls an asynchronous callback for one event after the other", async () => {
    const slow = new SlowCallback();
    const trace = traceOf(slow.callback);
    trace.start("connection.retry", {});
    trace.complete("connection.retry");
    trace.start("http11.response_closed", {});
    assertEquals([slow.began.length, trace.isBehind], [1, true]);
    let isCaughtUp = false;
    const caughtUp = trace.caughtUp().then(() => isCaughtUp = true);
    await slow.finish();
    await slow.finish();
    assertEquals([slow.began.length, isCaughtUp], [3, false]);
    await slow.finish();
    await caughtUp;
    assertEquals([slow.began.at(-1), trace.isBehind], ["http11.response_closed.started", false]);
  });

  it("is not behind a callback that is none of the asynchronous kind", async () => {
    const trace = traceOf(() => {});
    trace.start("connection.retry", {});
    assertEquals(trace.isBehind, false);
    await trace.caughtUp();
  });

  it("what the callback throws is told to whom it concerns, in a turn of its own, and once", async () => {
    const ended: unknown[] = [];
    let calls = 0;
    const error = new Error("of the callback");
    const trace = traceOf(() => {
      calls++;
      throw error;
    });
    trace.onFailure(() => ended.push("somebody else"));
    trace.onFailure((reason) => ended.push(reason));
    trace.start("connection.retry", {});
    trace.complete("connection.retry");
    assertEquals([calls, ended], [1, []]);
    assertStrictEquals(assertThrows(() => trace.throwIfFailed()), error);
    await settle();
    assertEquals(ended, [error]);
    assertStrictEquals(await assertRejects(() => trace.caughtUp()), error);
    trace.onFailure((reason) => ended.push(reason));
    await settle();
    assertEquals(ended, [error, error]);
  });

  it("a rejection fails it as a throw does, and the line behind it is dropped", async () => {
    const slow = new SlowCallback();
    const trace = traceOf(slow.callback);
    const ended: unknown[] = [];
    trace.onFailure((reason) => ended.push(reason));
    trace.start("connection.retry", {});
    trace.complete("connection.retry");
    trace.throwIfFailed();
    const caughtUp = assertRejects(() => trace.caughtUp(), Error, "late");
    await slow.finish(new Error("late"));
    await caughtUp;
    assertEquals([slow.began.length, ended.length, trace.isBehind], [1, 1, false]);
  });

  it("interrupt() ends the wait, and the rest is told all the same", async () => {
    const slow = new SlowCallback();
    const trace = traceOf(slow.callback);
    trace.start("connection.retry", {});
    trace.complete("connection.retry");
    const caughtUp = assertRejects(() => trace.caughtUp(), Error, "enough");
    trace.interrupt(new Error("enough"));
    await caughtUp;
    await slow.finish();
    assertEquals(slow.began.length, 2);
    await slow.finish();
    assertEquals(trace.isBehind, false);
  });
});

describe("traced()", () => {
  const info = () => ({});

  it("tells of a step, and gives or throws what it gave or threw", async () => {
    const told: unknown[] = [];
    const trace = traceOf((event, info) => void told.push([event, info]));
    const step = "connection.retry";
    const value = await traced(trace, {
      step,
      info,
      work: () => Promise.resolve(7),
      gives: String,
    });
    assertEquals(value, 7);
    const error = new Error("broken");
    const failing = traced(trace, { step, info, work: () => Promise.reject(error) });
    assertStrictEquals(await assertRejects(() => failing), error);
    assertEquals(told, [
      ["connection.retry.started", {}],
      ["connection.retry.complete", { return_value: "7" }],
      ["connection.retry.started", {}],
      ["connection.retry.failed", { exception: error }],
    ]);
  });

  it("takes the step alone where nobody listens", async () => {
    const work = () => Promise.resolve(7);
    assertEquals(await traced(null, { step: "connection.retry", info, work }), 7);
  });
});
