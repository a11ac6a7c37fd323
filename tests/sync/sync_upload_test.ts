import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as httpx from "@httpx/httpx/sync";
import { openForUpload } from "../../examples/support/open_for_upload.ts";
import { startThreadServer } from "../support/thread/server.ts";

interface Received {
  readonly size: number;
  readonly sum: number;
  readonly length: string | null;
}

const PIECE = new Uint8Array(65_536).map((_, i) => i % 251);

describe("SyncClient, sending", () => {
  it("takes a generator, which runs in the caller's thread, no faster than it is sent", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    let made = 0;
    function* pieces(): Generator<Uint8Array> {
      for (; made < 320; made++) yield PIECE;
    }
    const received = client.post(`${server.url}/upload`, { content: pieces() }).json<Received>();
    assertEquals([received.size, received.length, made], [320 * 65_536, null, 320]);
  });

  it("takes iterables of any kind, and pieces of any size", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const echo = (content: httpx.ByteContent) => client.post(`${server.url}/echo`, { content });
    assertEquals(echo([new Uint8Array([104]), new Uint8Array(0), Buffer.from("i")]).text(), "hi");
    assertEquals(echo([]).text(), "");
    const large = new Uint8Array(3_000_000).map((_, i) => i % 253);
    assertEquals(Buffer.compare(echo(large).content, large), 0);
    assertEquals(echo([large, large]).content.length, 6_000_000);
    assertEquals(echo(new Set([new Uint8Array([104])])).text(), "h");
  });

  it("takes a Blob, and forms with Blobs and generators in them", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    const text = "blob".repeat(400_000);
    const response = client.post(`${server.url}/echo`, { content: new Blob([text]) });
    assertEquals(response.text(), text);
    assertEquals(response.request.headers.get("content-length"), "1600000");
    function* lines(): Generator<Uint8Array> {
      for (const line of ["one", "two"]) yield new TextEncoder().encode(line);
    }
    const files = { a: new File(["in a file"], "a.txt"), b: ["b.txt", lines()] as const };
    const form = client.post(`${server.url}/echo`, { data: { c: 7 }, files });
    assert(form.text().includes("in a file"), form.text());
    assert(form.text().includes("onetwo"));
  });

  it("takes a file, from where it stands, and sends it again where a redirect asks for it", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ followRedirects: true });
    const folder = await mkdtemp(join(tmpdir(), "httpx-sync-"));
    try {
      const path = join(folder, "file.txt");
      await writeFile(path, "in a file ".repeat(50_000));
      using upload = await openForUpload(path);
      const url = `${server.url}/keep?to=/upload`;
      const { size, length } = client.post(url, { content: upload.file }).json<Received>();
      assertEquals([size, length], [500_000, "500000"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("refuses what has to be waited for, by name, and stays usable", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    async function* later(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(PIECE);
    }
    const stream = new Blob(["a"]).stream();
    for (const content of [later(), stream]) {
      const call = () => client.post(`${server.url}/upload`, { content });
      assertThrows(call, TypeError, "synchronous client");
    }
    await stream.cancel();
    const promises = [Promise.resolve(PIECE)] as unknown as Uint8Array[];
    const call = () => client.post(`${server.url}/upload`, { content: promises });
    assertThrows(call, TypeError, "can't wait");
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("throws what a generator throws, and ends one that nobody wants the rest of", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    function* failing(): Generator<Uint8Array> {
      yield PIECE;
      throw new RangeError("out of pieces");
    }
    const call = () => client.post(`${server.url}/upload`, { content: failing() });
    assertThrows(call, RangeError, "out of pieces");
    let isEnded = false;
    function* endless(): Generator<Uint8Array> {
      try {
        while (true) yield PIECE;
      } finally {
        isEnded = true;
      }
    }
    const early = client.post(`${server.url}/refuse-early`, { content: endless() });
    assertEquals([early.status, early.text(), isEnded], [413, "too much", true]);
    assertEquals(client.get(server.url).text(), "hello");
  });

  it("sends a replayable body again, and says so of one that is not", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient({ followRedirects: true });
    const url = `${server.url}/keep?to=/upload`;
    assertEquals(client.post(url, { content: [PIECE, PIECE] }).json<Received>().size, 131_072);
    assertEquals(
      client.post(url, { content: new Uint8Array(2_000_000) }).json<Received>().size,
      2_000_000,
    );
    function* once(): Generator<Uint8Array> {
      yield PIECE;
    }
    assertThrows(() => client.post(url, { content: once() }), httpx.StreamConsumed);
  });

  it("lets a generator use the client itself", async () => {
    await using server = await startThreadServer();
    using client = new httpx.SyncClient();
    function* asking(): Generator<Uint8Array> {
      for (let i = 0; i < 3; i++) yield client.get(`${server.url}/1k`).content;
    }
    const received = client.post(`${server.url}/upload`, { content: asking() }).json<Received>();
    assertEquals(received.size, 3 * 1024);
  });

  it("ends where a generator, or a callback, closes the client", async () => {
    await using server = await startThreadServer();
    const client = new httpx.SyncClient();
    let isEnded = false;
    function* closing(): Generator<Uint8Array> {
      try {
        client.close();
        yield PIECE;
      } finally {
        isEnded = true;
      }
    }
    const call = () => client.post(`${server.url}/upload`, { content: closing() });
    assertThrows(call, httpx.CloseError);
    assertThrows(() => client.get(server.url), Error, "the client is closed");
    assert(isEnded);
    const other = new httpx.SyncClient();
    const trace = () => other.close();
    assertThrows(() => other.get(server.url, { extensions: { trace } }), httpx.CloseError);
  });

  it("keeps the write timeout", async () => {
    await using server = await startThreadServer();
    const timeout = new httpx.Timeout(5000, { write: 100, read: 100 });
    using client = new httpx.SyncClient({ timeout });
    function* endless(): Generator<Uint8Array> {
      while (true) yield PIECE;
    }
    const call = () => client.post(`${server.url}/stall`, { content: endless() });
    assertThrows(call, httpx.TimeoutException);
  });
});
