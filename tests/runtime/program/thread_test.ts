import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SyncClient } from "@httpx/httpx/sync";
import { whyNoThreads } from "../../../src/runtime/program/thread.ts";

/** Runs with something else under a global's name. */
function withGlobal(owner: object, name: string, value: unknown, body: () => void): void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  assert(before !== undefined);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  try {
    body();
  } finally {
    Object.defineProperty(owner, name, before);
  }
}

describe("whyNoThreads()", () => {
  it("finds nothing against it on Deno, Bun and Node", () => {
    assertEquals(whyNoThreads(), null);
  });

  it("says so where a thread may not block, as a browser's main one, and the client with it", () => {
    const wait = () => {
      throw new TypeError("Atomics.wait cannot be called in this context");
    };
    withGlobal(Atomics, "wait", wait, () => {
      assertEquals(whyNoThreads(), "this thread may not block");
      const error = assertThrows(() => new SyncClient(), Error, "this thread may not block");
      assertMatch(error.message, /use Client from "@httpx\/httpx"/);
    });
  });

  it("says so where there is no shared memory", () => {
    withGlobal(globalThis, "SharedArrayBuffer", undefined, () => {
      assertEquals(whyNoThreads(), "this runtime has no threads to hand work to");
    });
  });
});
