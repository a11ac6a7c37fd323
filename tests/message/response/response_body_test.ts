import { DecodingError, ReadError, Request, StreamClosed, StreamConsumed } from "@httpx/httpx";
import { CallDeadline } from "../../../src/clock/call_deadline.ts";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { deflateRawSync, gzipSync } from "node:zlib";
import { PLATFORM_DECODING } from "../../../src/message/content/decoding/platform_decoding.ts";
import { ResponseBody } from "../../../src/message/response/response_body.ts";
import type { BodyStream } from "../../../src/semantics/body.ts";

const request = new Request("GET", "https://example.org/a");
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A stream of the wire that a test feeds, and that says how often it was cancelled. */
class FedStream implements BodyStream {
  bytesReceived = 0;
  readonly trailers = null;
  cancelled = 0;
  reading = 0;
  readonly #chunks: (Uint8Array | Error)[];
  readonly #endsAtOnce: boolean;
  #onEnd: (() => void) | null = null;

  constructor(chunks: readonly (string | Uint8Array | Error)[], endsAtOnce = true) {
    this.#endsAtOnce = endsAtOnce;
    this.#chunks = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  }

  async read(): Promise<Uint8Array | null> {
    const chunk = this.#chunks.shift();
    if (chunk instanceof Error) throw chunk;
    if (chunk === undefined && !this.#endsAtOnce) {
      await new Promise<void>((resolve) => this.#onEnd = resolve);
    }
    this.bytesReceived += chunk?.length ?? 0;
    return chunk ?? null;
  }

  async readAll(maxBytes = Infinity, tooLarge?: () => Error): Promise<Uint8Array> {
    if (this.reading++ > 0) throw new Error("two readers at once");
    const all: number[] = [];
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      for (const byte of chunk) all.push(byte);
      if (all.length > maxBytes) throw tooLarge?.();
    }
    return new Uint8Array(all);
  }

  cancel(): Promise<void> {
    this.cancelled++;
    this.end();
    return Promise.resolve();
  }

  end(): void {
    this.#onEnd?.();
  }
}

function bodyOf(stream: BodyStream, contentEncoding: string | null = null): ResponseBody {
  const body = new ResponseBody({ content: null, stream, contentEncoding });
  body.request = request;
  return body;
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

describe("ResponseBody", () => {
  it("whoever reads while it is loading waits for the same content", async () => {
    const stream = new FedStream(["ab", "c"], false);
    const body = bodyOf(stream);
    const readers = [
      (async () => decoder.decode(await body.load()))(),
      (async () => decoder.decode(await body.load()))(),
      textOf(body.raw()),
      textOf(body.decoded()),
    ];
    assertEquals(body.state, "loading");
    await Promise.resolve();
    while (stream.bytesReceived < 3) await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    stream.end();
    assertEquals(await Promise.all(readers), ["abc", "abc", "abc", "abc"]);
    assertEquals([body.state, body.isDone, stream.cancelled], ["loaded", true, 0]);
  });

  it("closing while it is loading cancels the stream, and the loading is told", async () => {
    const stream = new FedStream(["ab"], false);
    const body = bodyOf(stream);
    const loading = Promise.resolve(body.load());
    const failed = assertRejects(() => loading, StreamClosed);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await body.close();
    await failed;
    assertEquals([body.state, body.isDone, stream.cancelled], ["closed", true, 1]);
    assertEquals(body.content, null);
  });

  it("a failure is told to everyone who reads, again and again, with its request", async () => {
    const failure = new ReadError("in a test");
    const stream = new FedStream(["ab", failure]);
    const body = bodyOf(stream);
    for (const read of [() => body.load(), () => body.load(), () => textOf(body.decoded())]) {
      const error = await assertRejects(async () => await read(), ReadError);
      assertStrictEquals(error, failure);
    }
    assertStrictEquals(failure.request, request);
    assertEquals([body.state, stream.cancelled], ["closed", 1]);
  });

  it("a failure in the middle of a stream closes it, with its request", async () => {
    for (const read of ["raw", "decoded"] as const) {
      const stream = new FedStream(["ab", new ReadError("in a test")]);
      const body = bodyOf(stream);
      const error = await assertRejects(() => textOf(body[read]()), ReadError);
      assertStrictEquals(error.request, request);
      assertEquals([body.state, body.isDone, stream.cancelled], ["closed", true, 1]);
    }
  });

  it("an error of closing does not hide the failure", async () => {
    const stream = new FedStream([new ReadError("first")]);
    stream.cancel = () => Promise.reject(new Error("second"));
    await assertRejects(() => textOf(bodyOf(stream).raw()), ReadError, "first");
  });

  it("closes once however often it is asked, and cancels nothing after the end", async () => {
    const unread = new FedStream(["a"]);
    const body = bodyOf(unread);
    let done = 0;
    body.whenDone(() => void done++);
    await Promise.all([body.close(), body.close()]);
    assertEquals([unread.cancelled, done], [1, 1]);
    const read = new FedStream(["a"]);
    const whole = bodyOf(read);
    await textOf(whole.raw());
    await whole.close();
    assertEquals([read.cancelled, whole.state], [0, "consumed"]);
  });

  it("streams once", async () => {
    for (const again of ["raw", "decoded"] as const) {
      const body = bodyOf(new FedStream(["a"]));
      await textOf(body.raw());
      await assertRejects(() => textOf(body[again]()), StreamConsumed);
      await assertRejects(async () => await body.load(), StreamConsumed);
    }
  });

  it("closing under an iterator ends it with StreamClosed", async () => {
    const body = bodyOf(new FedStream(["a", "b"]));
    const chunks = body.raw();
    await chunks.next();
    await body.close();
    // What has arrived may still come; the end is no end.
    await assertRejects(async () => {
      while (!(await chunks.next()).done);
    }, StreamClosed);
  });

  describe("maxBytes", () => {
    const reads = {
      load: async (body: ResponseBody) => decoder.decode(await body.load()),
      decoded: (body: ResponseBody) => textOf(body.decoded()),
    };
    for (const [name, read] of Object.entries(reads)) {
      it(`${name}: content of exactly that is read, one byte more is not`, async () => {
        for (const coding of [null, "gzip"]) {
          const stream = () => new FedStream(coding === null ? ["12", "345"] : [gzipSync("12345")]);
          const enough = bodyOf(stream(), coding);
          enough.limits = { maxBytes: 5, maxRatio: Infinity };
          assertEquals(await read(enough), "12345");
          const source = stream();
          const tooSmall = bodyOf(source, coding);
          tooSmall.limits = { maxBytes: 4, maxRatio: Infinity };
          const error = await assertRejects(
            () => read(tooSmall),
            DecodingError,
            "larger than 4 bytes (maxResponseBytes)",
          );
          assertStrictEquals(error.request, request);
          assertEquals([tooSmall.state, tooSmall.isDone], ["closed", true]);
        }
      });

      it(`${name}: encoded content without end that stands for nothing is stopped too`, async () => {
        const nothing = gzipSync("");
        const members = Array.from({ length: 400 }, () => nothing);
        const many = new Uint8Array(members.flatMap((member) => [...member]));
        const source = new FedStream(Array.from({ length: 20 }, () => many));
        const body = bodyOf(source, "gzip");
        body.decoding = PLATFORM_DECODING;
        body.limits = { maxBytes: 10, maxRatio: Infinity };
        await assertRejects(() => read(body), DecodingError, "larger than 10 bytes");
        assertEquals(source.cancelled, 1);
      });
    }
  });

  describe("maxRatio", () => {
    const bomb = () => bodyOf(new FedStream([gzipSync("0".repeat(9_000_000))]), "gzip");

    it("bounds what is read whole, by default too, and not what is streamed", async () => {
      for (const limits of [{ maxBytes: Infinity, maxRatio: 900 }, null]) {
        const body = bomb();
        if (limits !== null) body.limits = limits;
        const message = `${
          limits?.maxRatio ?? 200
        } times as long as what was received (maxDecodedRatio)`;
        const error = await assertRejects(async () => await body.load(), DecodingError, message);
        assertStrictEquals(error.request, request);
      }
      assertEquals((await textOf(bomb().decoded())).length, 9_000_000);
    });

    it("is off with Infinity", async () => {
      const body = bomb();
      body.limits = { maxBytes: Infinity, maxRatio: Infinity };
      assertEquals((await body.load()).length, 9_000_000);
    });
  });

  it("ends decoding with its call, and when it is closed", async () => {
    const bytes = gzipSync("0".repeat(200_000_000));
    const signal = AbortSignal.abort(new Error("mine"));
    const deadline = new CallDeadline({ totalMs: null, signal, request });
    const bound = bodyOf(new FedStream([bytes]), "gzip");
    bound.limits = { maxBytes: Infinity, maxRatio: Infinity };
    bound.boundBy(deadline);
    await assertRejects(async () => await bound.load(), Error, "mine");
    const closed = bodyOf(new FedStream([bytes]), "gzip");
    closed.limits = { maxBytes: Infinity, maxRatio: Infinity };
    const loading = closed.load();
    await closed.close();
    await assertRejects(async () => await loading, StreamClosed);
  });

  describe("codings", () => {
    const content = "hello ".repeat(50);
    const coded = [
      [
        "a stack, in the order they were applied",
        "deflate, gzip",
        gzipSync(deflateRawSync(content)),
      ],
      ["one that nobody knows", "unheard-of", encoder.encode(content)],
      ["identity", "identity", encoder.encode(content)],
      ["an empty header", "", encoder.encode(content)],
    ] as const;
    for (const [what, encoding, bytes] of coded) {
      it(`${what}`, async () => {
        assertEquals(await textOf(bodyOf(new FedStream([bytes]), encoding).decoded()), content);
        const body = bodyOf(new FedStream([bytes.slice(0, 9), bytes.slice(9)]), encoding);
        assertEquals(decoder.decode(await body.load()), content);
      });
    }

    it("more than five at once are refused, with their request, and the body closed", async () => {
      for (
        const read of [(b: ResponseBody) => b.load(), (b: ResponseBody) => textOf(b.decoded())]
      ) {
        const stream = new FedStream([gzipSync("x")]);
        const body = bodyOf(stream, "gzip, gzip, gzip, gzip, gzip, gzip");
        const error = await assertRejects(async () => await read(body), DecodingError, "6 times");
        assertStrictEquals(error.request, request);
        assertEquals([body.state, body.isDone], ["closed", true]);
      }
    });

    it("no bytes at all are empty content, whatever the header says", async () => {
      assertEquals(await textOf(bodyOf(new FedStream([]), "gzip").decoded()), "");
      assertEquals((await bodyOf(new FedStream([]), "br").load()).length, 0);
    });
  });
});
