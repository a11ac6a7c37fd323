import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { StreamClosed } from "../../../src/errors.ts";
import {
  type BodyFeeder,
  HIGH_WATER_BYTES,
  IncomingBody,
} from "../../../src/wire/connection/incoming_body.ts";

class Feeder implements BodyFeeder {
  readonly calls: string[] = [];
  onWanted(): void {
    this.calls.push("wanted");
  }
  onServed(): void {
    this.calls.push("served");
  }
  onFull(): void {
    this.calls.push("full");
  }
  onCancel(): void {
    this.calls.push("cancel");
  }
}

function setUp(contentLength: number | null = null) {
  const feeder = new Feeder();
  return { feeder, body: new IncomingBody(feeder, { contentLength, keepsBytes: false }) };
}

/** Bytes as a socket lends them: overwritten right after the call. */
function push(body: IncomingBody, ...values: number[]): void {
  const lent = new Uint8Array(values);
  body.push(lent);
  lent.fill(255);
}

describe("IncomingBody", () => {
  for (const contentLength of [null, 4]) {
    it(`hands out what was pushed, then null (length ${contentLength})`, async () => {
      const { feeder, body } = setUp(contentLength);
      push(body, 1, 2);
      assertEquals(await body.read(), new Uint8Array([1, 2]));
      const waiting = body.read();
      push(body, 3, 4);
      assertEquals(await waiting, new Uint8Array([3, 4]));
      const end = body.read();
      body.finish(["x", "y"]);
      assertEquals([await end, await body.read()], [null, null]);
      assertEquals(body.trailers, ["x", "y"]);
      assertEquals(body.bytesReceived, 4);
      assertEquals(feeder.calls, ["served", "wanted", "served", "wanted"]);
    });

    it(`readAll() is there at once when everything is (length ${contentLength})`, () => {
      const { body } = setUp(contentLength);
      push(body, 1);
      push(body, 2, 3, 4);
      body.finish(null);
      assertEquals(body.readAll(), new Uint8Array([1, 2, 3, 4]));
      assertEquals(body.readAll(), new Uint8Array(0));
    });

    it(`readAll() waits for the rest, and skips what was read (length ${contentLength})`, async () => {
      const { body } = setUp(contentLength);
      push(body, 1);
      await body.read();
      const all = body.readAll();
      push(body, 2);
      push(body, 3, 4);
      body.finish(null);
      assertEquals(await all, new Uint8Array([2, 3, 4]));
    });

    it(`fail() lets the held bytes be read first (length ${contentLength})`, async () => {
      const { body } = setUp(contentLength);
      push(body, 1);
      const error = new Error("broken");
      body.fail(error);
      assertEquals(await body.read(), new Uint8Array([1]));
      await assertRejects(() => body.read(), Error, "broken");
      await assertRejects(async () => await body.readAll(), Error, "broken");
    });

    it(`readAll(max) stands at max and refuses max + 1 (length ${contentLength})`, async () => {
      for (const max of [4, 3]) {
        const { feeder, body } = setUp(contentLength);
        push(body, 1);
        const all = Promise.resolve(body.readAll(max, () => new RangeError("too large")));
        all.catch(() => {});
        push(body, 2, 3, 4);
        body.finish(null);
        if (max === 4) assertEquals((await all).length, 4);
        else await assertRejects(() => all, RangeError, "too large");
        assertEquals(feeder.calls.includes("cancel"), max === 3);
        assertEquals(body.heldBytes, 0);
      }
    });
  }

  it("readAll(max) refuses a Content-Length beyond max before a byte is read", async () => {
    const { feeder, body } = setUp(100);
    const all = async () => await body.readAll(99, () => new RangeError("too large"));
    await assertRejects(all, RangeError, "too large");
    assertEquals(feeder.calls, ["cancel"]);
  });

  it("asks for a pause beyond the high-water mark, not on it", () => {
    const { feeder, body } = setUp();
    body.push(new Uint8Array(HIGH_WATER_BYTES));
    assertEquals(feeder.calls, []);
    push(body, 1);
    assertEquals(feeder.calls, ["full"]);
  });

  for (const keepsBytes of [false, true]) {
    it(`joins chunks of one byte as they come (${keepsBytes ? "given" : "lent"})`, async () => {
      const body = new IncomingBody(new Feeder(), { contentLength: null, keepsBytes });
      const packet = new Uint8Array(6).fill(7);
      const count = 200_000;
      for (let i = 0; i < count; i++) body.push(packet, 3, 4);
      let [bytes, memory, chunks] = [0, 0, 0];
      while (body.heldBytes > 0) {
        const chunk = await body.read();
        bytes += chunk?.length ?? 0;
        memory += chunk?.buffer.byteLength ?? 0;
        chunks++;
      }
      assertEquals([bytes, chunks < 20, memory <= 2 * count], [count, true, true]);
    });
  }

  it("hands out all bytes in order, however pushes and reads take turns", async () => {
    const { body } = setUp();
    let pushed = 0;
    let read = 0;
    const readOne = async () => {
      for (const byte of await body.read() ?? []) assertEquals(byte, read++ & 0xff);
    };
    const rounds = [1, 1500, 1, 30_000, 1, 2, 900];
    for (const [i, count] of rounds.entries()) {
      for (let n = 0; n < count; n++) push(body, pushed++ & 0xff);
      const left = i + 1 === rounds.length ? 0 : (pushed - read) >> 2;
      while (pushed - read > left) await readOne();
    }
    for (let n = 0; n < 20_000; n++) push(body, pushed++ & 0xff);
    await readOne();
    body.finish(null);
    const rest = Uint8Array.from({ length: pushed - read }, (_, i) => (read + i) & 0xff);
    assertEquals(await body.readAll(), rest);
    assertEquals(await body.read(), null);
  });

  it("cancel() drops what is held, and later reads say so", async () => {
    const { feeder, body } = setUp();
    push(body, 1, 2, 3);
    await body.cancel();
    await body.cancel();
    assertEquals([feeder.calls, body.heldBytes], [["cancel"], 0]);
    await assertRejects(() => body.read(), StreamClosed);
    push(body, 4);
    assertEquals(body.heldBytes, 0);
  });

  it("lets go of its feeder at its end, however that came", async () => {
    const ends: readonly ((body: IncomingBody) => void)[] = [
      (body) => body.finish(null),
      (body) => body.fail(new Error("broken")),
      (body) => body.cancel(),
      (body) => void Promise.resolve(body.readAll(1)).catch(() => {}), // too large
    ];
    for (const end of ends) {
      const { feeder, body } = setUp();
      push(body, 1, 2, 3);
      end(body);
      feeder.calls.length = 0;
      push(body, 4);
      body.finish(null);
      await body.read().catch(() => {});
      await body.cancel();
      assertEquals(feeder.calls, []);
    }
  });

  it("cancel() after the end does nothing", async () => {
    const { feeder, body } = setUp();
    push(body, 1);
    body.finish(null);
    await body.cancel();
    assertEquals(feeder.calls, []);
    assertEquals(await body.read(), new Uint8Array([1]));
  });

  it("keeps bytes that are given, without a copy", async () => {
    const body = new IncomingBody(new Feeder(), { contentLength: 4, keepsBytes: true });
    const given = new Uint8Array([1, 2]);
    body.push(given);
    assertStrictEquals(await body.read(), given);
    body.push(new Uint8Array([3]));
    body.push(new Uint8Array([4]));
    body.finish(null);
    assertEquals(body.readAll(), new Uint8Array([3, 4]));
  });

  it("keeps of given bytes that part which is content: a small one does not hold on to the rest", async () => {
    const given = new Uint8Array(20_000).fill(7);
    for (const [end, isCopied] of [[5000, true], [19_000, false]] as const) {
      const body = new IncomingBody(new Feeder(), { contentLength: null, keepsBytes: true });
      body.push(given, 1000, end);
      const read = await body.read();
      assertEquals([read?.length, body.bytesReceived], [end - 1000, end - 1000]);
      assertEquals(read?.buffer === given.buffer, !isCopied);
    }
  });

  it("a waiting read gets the failure itself", async () => {
    const { body } = setUp();
    const error = new Error("broken");
    const reads = [body.read()];
    body.fail(error);
    const caught = await reads[0]?.catch((e) => e);
    assertStrictEquals(caught, error);
  });
});
