import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Request, Response } from "@httpx/httpx";
import { checkRetry } from "../../../src/message/retry_options.ts";
import { makeRetrier } from "../../../src/middleware/retry/retry.ts";
import { StepTime } from "../../support/time/step_time.ts";

/** A client with the default options, at a steady rate, against a server that is there or not. */
class Traffic {
  readonly time = new StepTime();
  isUp = true;
  requests = 0;
  readonly #retrier = makeRetrier(checkRetry({ backoff: { jitter: seeded(1) } }), this.time);

  /** Makes ten calls each 100 ms, and waits for the last of them. */
  async run(seconds: number): Promise<{ calls: number; requests: number }> {
    const before = this.requests;
    const calls: Promise<Response>[] = [];
    for (let i = 0; i < seconds * 10; i++) {
      const waited = new Promise<void>((resolve) => this.time.startTimer(resolve, i * 100));
      for (let j = 0; j < 10; j++) calls.push(waited.then(() => this.#call()));
    }
    await this.time.run(Promise.all(calls));
    return { calls: calls.length, requests: this.requests - before };
  }

  #call(): Promise<Response> {
    return this.#retrier.handle(new Request("GET", "https://example.org/"), () => {
      this.requests++;
      return Promise.resolve(new Response(this.isUp ? 200 : 503));
    });
  }
}

/** The same random numbers each time. */
function seeded(seed: number): () => number {
  return () => (seed = seed * 48_271 % 0x7fff_ffff) / 0x7fff_ffff;
}

describe("An outage", () => {
  it("of 30 s at 100 calls a second is not multiplied: 1.1 requests a call at most; then the budget refills", async () => {
    const traffic = new Traffic();
    assertEquals(await traffic.run(5), { calls: 500, requests: 500 });
    traffic.isUp = false;
    const outage = await traffic.run(30);
    assertEquals(outage.calls, 3000);
    assert(outage.requests <= 3300 && outage.requests >= 3200, `${outage.requests} requests`);
    traffic.isUp = true;
    await traffic.run(10);
    traffic.isUp = false;
    const again = await traffic.run(1);
    assert(
      again.requests >= 180,
      `${again.requests} requests for 100 calls: each may be retried again`,
    );
  });
});
