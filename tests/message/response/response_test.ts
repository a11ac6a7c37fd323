import {
  Client,
  CloseError,
  DecodingError,
  Headers,
  MockTransport,
  Request,
  Response,
  type ResponseInit,
  ResponseNotRead,
  StreamClosed,
  StreamConsumed,
  StreamError,
} from "@httpx/httpx";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { gzipSync } from "node:zlib";

const encoder = new TextEncoder();
const request = new Request("GET", "https://example.org/a");

/** A response that streams text in the given chunks; how it ended is written down. */
function streamed(chunks: readonly (string | Uint8Array)[], headers: Record<string, string> = {}) {
  const log: string[] = [];
  async function* body(): AsyncGenerator<Uint8Array<ArrayBufferLike>> {
    try {
      for (const chunk of chunks) {
        await Promise.resolve();
        yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
      }
      log.push("end");
    } finally {
      log.push("closed");
    }
  }
  return { response: new Response(200, { headers, stream: body(), request }), log };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("Response", () => {
  it("is a web Response by type, and answers as one", async () => {
    const response: globalThis.Response = new Response(200, {
      json: { a: 1 },
      request,
    });
    assertEquals([response.ok, response.status, response.statusText], [true, 200, "OK"]);
    assertEquals([response.url, response.type, response.redirected], [
      request.url,
      "default",
      false,
    ]);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(await response.json(), { a: 1 });
    assertEquals(await response.text(), '{"a":1}');
    assertEquals(new Uint8Array(await response.arrayBuffer()).length, 7);
    // Bun adds a charset.
    assertEquals((await response.blob()).type.split(";")[0], "application/json");
    assertEquals(response.bodyUsed, false);
    assertEquals(await new globalThis.Response(response.body).text(), '{"a":1}');
  });

  const described = [
    [{ text: "hé" }, ["content-length", "3", "content-type", "text/plain; charset=utf-8"]],
    [{ html: "<p>" }, ["content-length", "3", "content-type", "text/html; charset=utf-8"]],
    [{ json: [1] }, ["content-length", "3", "content-type", "application/json"]],
    [{ content: "abc" }, ["content-length", "3"]],
    [{ content: new Uint8Array(3) }, ["content-length", "3"]],
    [{}, []],
  ] as const;
  for (const [init, fields] of described) {
    it(`describes ${JSON.stringify(init)}`, () => {
      assertEquals([...new Response(200, init).headers].flat(), [...fields]);
    });
  }

  it("refuses two kinds of content, and a status out of range", () => {
    assertThrows(() => new Response(200, { text: "a", json: 1 }), TypeError, "text and json");
    for (const status of [99, 1000, NaN]) assertThrows(() => new Response(status), RangeError);
  });

  it("refuses what is no content, and a status that is no whole number", () => {
    const wrong = [
      [{ content: 7 }, "content of type number"],
      [{ json: { list: [{ n: NaN }] } }, '"n" is NaN'],
      [{ json: Infinity }, "it is Infinity"],
      [{ json: () => 1 }, "a function has no JSON form"],
      [{ stream: "text" }, "of type string"],
      [{ stream: {} }, "of type object"],
      [{ stream: [], text: "a" }, "text and stream at once"],
    ] as const;
    for (const [init, message] of wrong) {
      assertThrows(() => new Response(200, init as ResponseInit), TypeError, message);
    }
    assertThrows(() => new Response(200.5), RangeError);
  });

  it("takes bytes under any view of them", async () => {
    const buffer = encoder.encode("xabcdx").buffer;
    const part = buffer.slice(1, 5);
    for (const content of [part, new Uint8Array(part), new Uint16Array(part), new DataView(part)]) {
      assertEquals(await new Response(200, { content }).text(), "abcd");
    }
  });

  it("shares its headers with nobody", () => {
    const headers = new Headers({ "x-a": "1" });
    for (const init of [{}, { text: "a" }, { stream: [] }]) {
      const response = new Response(200, { headers, ...init });
      response.headers.set("x-b", "2");
      assertEquals([headers.has("x-b"), response.headers.get("x-a")], [false, "1"]);
    }
  });

  it("bytes given by hand are encoded as the header says, as in httpx", async () => {
    const headers = { "content-encoding": "gzip" };
    const response = new Response(200, { content: gzipSync("hello"), headers });
    assertEquals([await response.text(), response.content.length], ["hello", 5]);
    assertEquals(response.headers.get("content-length"), String(response.numBytesDownloaded));
    assertEquals(new Response(200, { content: new Uint8Array(0), headers }).content.length, 0);
    assertEquals(await new Response(200, { text: "as it is", headers }).text(), "as it is");
  });

  it("prints as a person would say it", () => {
    assertEquals(String(new Response(404)), "<Response [404 Not Found]>");
    assertEquals(String(new Response(299)), "<Response [299]>");
  });

  const classes = [
    [103, "isInformational"],
    [204, "isSuccess"],
    [304, "isRedirect"],
    [404, "isClientError isError"],
    [503, "isServerError isError"],
  ] as const;
  for (const [status, expected] of classes) {
    it(`${status}: ${expected}`, () => {
      const names = [
        ...["isInformational", "isSuccess", "isRedirect"] as const,
        ...["isClientError", "isServerError", "isError"] as const,
      ];
      const response = new Response(status);
      assertEquals(names.filter((name) => response[name]).join(" "), expected);
    });
  }

  describe("text and JSON", () => {
    const latin1 = new Uint8Array([0xe9]);
    it("the charset is what was set, else what the type says, else the default", async () => {
      const typed = { "content-type": "text/plain; charset=iso-8859-1" };
      assertEquals(await new Response(200, { content: latin1, headers: typed }).text(), "é");
      assertEquals(await new Response(200, { content: latin1 }).text(), "\ufffd");
      const byDefault = { content: latin1, defaultEncoding: "latin-1" };
      assertEquals(await new Response(200, byDefault).text(), "é");
      const looked = {
        content: latin1,
        defaultEncoding: (b: Uint8Array) => b[0] === 0xe9 ? "cp1252" : "utf-8",
      };
      assertEquals(await new Response(200, looked).text(), "é");
      for (const nothing of [null, undefined]) {
        const unknown = { content: "é", defaultEncoding: () => nothing };
        assertEquals(await new Response(200, unknown).text(), "é");
      }
      const set = new Response(200, { content: latin1 });
      set.encoding = "latin1";
      assertEquals(await set.text(), "é");
      assertThrows(() => set.encoding = "utf-8", Error, "text() was called before");
      assertThrows(() => new Response(200).encoding = "no-such", RangeError, '"no-such"');
    });

    for (const label of ["utf-8", "utf-16le", "utf-16be"] as const) {
      it(`json() finds out that it is ${label}, with a mark and without`, async () => {
        for (const mark of ["", "\ufeff"]) {
          const text = `${mark}{"a":"é"}`;
          const content = label === "utf-8"
            ? encoder.encode(text)
            : utf16(text, label === "utf-16le");
          assertEquals(await new Response(200, { content }).json(), { a: "é" });
        }
      });
    }

    it("json() says whose body is no JSON", async () => {
      const response = new Response(502, { html: "<p>", request });
      await assertRejects(
        () => response.json(),
        SyntaxError,
        "Cannot parse the body of https://example.org/a as JSON (status 502)",
      );
    });
  });

  describe("streamed", () => {
    it("is read once in pieces, then it says so", async () => {
      const { response, log } = streamed(["ab", "", "cde"]);
      assertThrows(() => response.content, ResponseNotRead);
      assertEquals((await collect(response.iterRaw())).map((chunk) => chunk.length), [2, 3]);
      assertEquals(response.isStreamConsumed, true);
      assertEquals([response.isClosed, response.bodyUsed, log], [true, true, ["end", "closed"]]);
      assertEquals(response.numBytesDownloaded, 5);
      await assertRejects(() => response.read(), StreamConsumed);
      await assertRejects(() => collect(response.iterBytes()), StreamConsumed);
      assertThrows(() => response.clone(), StreamError);
    });

    it("is read as often as one likes once it is in memory", async () => {
      const { response } = streamed(["ab", "cde"]);
      assertEquals((await response.read()).length, 5);
      assertEquals(await collect(response.iterText()), ["abcde"]);
      assertEquals((await collect(response.iterBytes(2))).map((c) => c.length), [2, 2, 1]);
      assertEquals(await response.clone().text(), "abcde");
    });

    for (const size of [1, 2, 3, 5, 9]) {
      it(`comes in pieces of ${size}, cut and joined`, async () => {
        const pieces = await collect(streamed(["ab", "cde", "f"]).response.iterBytes(size));
        const texts = pieces.map((piece) => new TextDecoder().decode(piece));
        assertEquals(texts.join(""), "abcdef");
        assertEquals(texts.slice(0, -1).every((text) => text.length === size), true);
        const same = await collect(streamed(["ab", "cde", "f"]).response.iterText(size));
        assertEquals(same, texts);
      });
    }

    it("refuses pieces of no size", async () => {
      await assertRejects(() => collect(streamed(["a"]).response.iterBytes(0)), RangeError);
      await assertRejects(() => collect(streamed(["a"]).response.iterText(0)), RangeError);
    });

    it("iterText() and iterLines() see through split characters and line ends", async () => {
      const bytes = encoder.encode("é\r\nb\rc\n\nd");
      const chunks = [...bytes].map((byte) => new Uint8Array([byte]));
      assertEquals(
        (await collect(streamed(chunks).response.iterText())).join(""),
        "é\r\nb\rc\n\nd",
      );
      assertEquals(await collect(streamed(chunks).response.iterLines()), ["é", "b", "c", "", "d"]);
    });

    it("textStream() is a web stream of text in the response's encoding", async () => {
      const { response, log } = streamed([
        new Uint8Array([0x63, 0x61, 0x66]),
        new Uint8Array([0xe9]),
      ]);
      response.encoding = "latin1";
      const reader = response.textStream().getReader();
      assertEquals(await reader.read(), { done: false, value: "caf" });
      assertEquals(await reader.read(), { done: false, value: "é" });
      assertEquals((await reader.read()).done, true);
      assertEquals([response.isClosed, log], [true, ["end", "closed"]]);
    });

    it("iterEvents() gives server-sent events", async () => {
      const { response } = streamed([
        "id: 1\nev",
        "ent: tick\ndata: a\ndata: b\n\n",
        "data: c\n\n",
      ]);
      assertEquals(await collect(response.iterEvents()), [
        { type: "tick", data: "a\nb", lastEventId: "1" },
        { type: "message", data: "c", lastEventId: "1" },
      ]);
    });

    for (const how of ["break", "throw", "close", "dispose", "cancel the web stream"] as const) {
      it(`closes its source on: ${how}`, async () => {
        const { response, log } = streamed(["a", "b", "c"]);
        const iterate = async () => {
          for await (const _ of response.iterBytes()) {
            if (how === "throw") throw new Error("mine");
            break;
          }
        };
        if (how === "break") await iterate();
        if (how === "throw") await assertRejects(iterate, Error, "mine");
        if (how === "close") await response.close();
        if (how === "dispose") await response[Symbol.asyncDispose]();
        if (how === "cancel the web stream") {
          const reader = response.body?.getReader();
          await reader?.read();
          await reader?.cancel();
        }
        assertEquals(response.isClosed, true);
        assertEquals(log.includes("end"), false);
        assertEquals(response.isStreamConsumed, how !== "close" && how !== "dispose");
        await assertRejects(() => response.read(), StreamError);
        if (how === "close") await assertRejects(() => response.text(), StreamClosed);
      });
    }

    it("is closed by leaving what was never begun", async () => {
      const ways: Record<string, (response: Response) => unknown> = {
        iterRaw: (response) => response.iterRaw().return(),
        "iterRaw(n)": (response) => response.iterRaw(1).return(),
        iterBytes: (response) => response.iterBytes().return(),
        iterText: (response) => response.iterText().return(),
        iterLines: (response) => response.iterLines().return(),
        iterEvents: (response) => response.iterEvents().return(),
        body: (response) => response.body?.cancel(),
        textStream: (response) => response.textStream().cancel(),
        toWeb: (response) => response.toWeb().body?.cancel(),
      };
      for (const [name, leave] of Object.entries(ways)) {
        const { response, log } = streamed(["a", "b"]);
        await leave(response);
        assertEquals([name, response.isClosed, log], [name, true, []]);
        await assertRejects(() => response.read(), StreamClosed);
      }
    });

    it("an error of the source passes through and closes", async () => {
      const failing = (async function* () {
        await Promise.resolve();
        yield new Uint8Array(1);
        throw new Error("source");
      })();
      const response = new Response(200, { stream: failing });
      await assertRejects(() => response.read(), Error, "source");
      assertEquals(response.isClosed, true);
    });

    it("a chunk that is no bytes is named", async () => {
      const response = new Response(200, { stream: ["text"] as unknown as Uint8Array[] });
      await assertRejects(() => response.read(), TypeError, "a chunk is no Uint8Array but string");
    });
  });

  it("charsetEncoding is what Content-Type names, if that is known", () => {
    const named = (type: string) =>
      new Response(200, { headers: { "content-type": type } }).charsetEncoding;
    assertEquals(named("text/html; charset=Shift_JIS"), "Shift_JIS");
    assertEquals([named("text/html"), named("text/html; charset=nonsense")], [null, null]);
    assertEquals(new Response(200).charsetEncoding, null);
  });

  describe("encoded", () => {
    const coded = (content: Uint8Array, encoding = "gzip") =>
      streamed([content.slice(0, 7), content.slice(7)], { "content-encoding": encoding }).response;

    it("is decoded whole and in pieces, and raw as it came", async () => {
      const gzipped = gzipSync("hello ".repeat(100));
      assertEquals(await coded(gzipped).text(), "hello ".repeat(100));
      assertEquals((await collect(coded(gzipped).iterText())).join(""), "hello ".repeat(100));
      const raw = await collect(coded(gzipped).iterRaw());
      assertEquals(raw.reduce((sum, chunk) => sum + chunk.length, 0), gzipped.length);
      assertEquals(await coded(encoder.encode("as it is"), "unheard-of").text(), "as it is");
    });

    it("is raw no more once it was read: only what was decoded is kept", async () => {
      const response = coded(gzipSync("hello"));
      await response.read();
      await assertRejects(() => collect(response.iterRaw()), StreamConsumed, "call read() first");
      assertEquals((await collect(response.iterBytes())).length, 1);
      const plain = streamed([encoder.encode("hello")]).response;
      await plain.read();
      assertEquals((await collect(plain.iterRaw())).length, 1);
    });

    it("cut off is a DecodingError that knows its request", async () => {
      const cut = gzipSync("hello").subarray(0, -3);
      for (const read of [() => coded(cut).read(), () => collect(coded(cut).iterBytes())]) {
        const error = await assertRejects(read, DecodingError);
        assertStrictEquals(error.request, request);
      }
    });

    it("is bounded by maxResponseBytes, decoded, however it is read", async () => {
      const bomb = gzipSync(new Uint8Array(10_000_000));
      const transport = new MockTransport(() => coded(bomb));
      await using client = new Client({ transport, maxResponseBytes: 1_000_000 });
      const message = "larger than 1000000 bytes (maxResponseBytes)";
      await assertRejects(() => client.get("https://example.org/"), DecodingError, message);
      const response = await client.stream("GET", "https://example.org/");
      await assertRejects(() => collect(response.iterBytes()), DecodingError, message);
      assertEquals(response.isClosed, true);
    });

    it("is bounded by maxDecodedRatio when it is read whole and larger than 8 MB", async () => {
      const bomb = gzipSync(new Uint8Array(9_000_000));
      const transport = new MockTransport(() => coded(bomb));
      const url = "https://example.org/";
      for (const maxDecodedRatio of [undefined, 200]) {
        await using client = new Client({ transport, maxDecodedRatio });
        await assertRejects(() => client.get(url), DecodingError, "200 times");
        const response = await client.stream("GET", url);
        assertEquals((await collect(response.iterBytes())).length > 0, true);
      }
      await using unbound = new Client({ transport, maxDecodedRatio: null });
      assertEquals((await unbound.get(url)).content.length, 9_000_000);
    });
  });

  it("stops decoding when its client is closed", async () => {
    const bomb = gzipSync(new Uint8Array(300_000_000));
    for (const isStreamed of [true, false]) {
      const transport = new MockTransport(() => {
        setTimeout(() => client.close());
        return new Response(200, {
          headers: { "content-encoding": "gzip" },
          stream: [bomb],
        });
      });
      const client = new Client({ transport, maxDecodedRatio: null });
      const read = async () => {
        if (!isStreamed) return await client.get("https://example.org/");
        const response = await client.stream("GET", "https://example.org/");
        for await (const _ of response.iterBytes());
      };
      const error = await assertRejects(read, CloseError, "the client was closed");
      assertEquals(error.request?.url, "https://example.org/");
    }
  });

  it("toWeb() is a genuine one, without a body where none may be", async () => {
    const web = new Response(200, { text: "hi", request }).toWeb();
    assertEquals([web instanceof globalThis.Response, web.url, await web.text()], [
      true,
      request.url,
      "hi",
    ]);
    for (const status of [204, 205, 304]) {
      assertEquals(new Response(status, { request }).toWeb().body, null);
    }
  });

  it("elapsed is there once the response is closed", async () => {
    const transport = new MockTransport(() => streamed(["a"]).response);
    await using client = new Client({ transport });
    const response = await client.stream("GET", "https://example.org/");
    assertThrows(() => response.elapsed, Error, "read or closed first");
    await response.close();
    assertEquals(response.elapsed >= 0, true);
  });

  it("links and cookies are read from the headers", () => {
    const headers = [
      ["Link", '</2>; rel="next"'],
      ["Set-Cookie", "a=1; Path=/"],
    ] as const;
    const response = new Response(200, { headers, request });
    assertEquals(response.links, { next: { url: new URL("/2", request.url).href, rel: "next" } });
    assertEquals(new Response(200, { headers }).links, { next: { url: "/2", rel: "next" } });
    assertEquals(response.cookies.get("a"), "1");
  });
});

function utf16(text: string, isLittleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), isLittleEndian);
  return new Uint8Array(view.buffer);
}
