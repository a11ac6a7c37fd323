/**
 * The two clients share what they do with a body: the same table over `Client` and `SyncClient`, with a server and with a
 * response of a mock. Same result, or same error.
 */
import { Client, MockTransport, Response } from "@httpx/httpx";
import { SyncClient, type SyncResponse } from "@httpx/httpx/sync";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { startThreadServer } from "../support/thread/server.ts";

/** What is asked of a response, in the one way and in the other. */
interface Behaviour {
  readonly stream?: boolean;
  readonly waiting: (response: Response) => Promise<unknown>;
  readonly blocking: (response: SyncResponse) => unknown;
}

async function sizeOf(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of chunks) size += chunk.length;
  return size;
}

function sizeOfSync(chunks: Iterable<Uint8Array>): number {
  let size = 0;
  for (const chunk of chunks) size += chunk.length;
  return size;
}

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "read() of what was read": {
    waiting: async (response) => (await response.read()).length,
    blocking: (response) => response.read().length,
  },
  "iterBytes() after read()": {
    waiting: (response) => sizeOf(response.iterBytes()),
    blocking: (response) => sizeOfSync(response.iterBytes()),
  },
  "iterRaw() after read()": {
    waiting: (response) => sizeOf(response.iterRaw()),
    blocking: (response) => sizeOfSync(response.iterRaw()),
  },
  "iterRaw() of a stream": {
    stream: true,
    waiting: (response) => sizeOf(response.iterRaw()),
    blocking: (response) => sizeOfSync(response.iterRaw()),
  },
  "iterBytes() of a stream, twice": {
    stream: true,
    waiting: async (response) => [
      await sizeOf(response.iterBytes()),
      await sizeOf(response.iterBytes()),
    ],
    blocking: (response) => [
      sizeOfSync(response.iterBytes()),
      sizeOfSync(response.iterBytes()),
    ],
  },
  "content of a stream": {
    stream: true,
    waiting: (response) => Promise.resolve().then(() => response.content),
    blocking: (response) => response.content,
  },
  "read() after close()": {
    stream: true,
    waiting: async (response) => {
      await response.close();
      return await response.read();
    },
    blocking: (response) => {
      response.close();
      return response.read();
    },
  },
  "state after read()": {
    stream: true,
    waiting: async (response) => {
      await response.read();
      return [response.isClosed, response.isStreamConsumed, response.bodyUsed];
    },
    blocking: (response) => {
      response.read();
      return [response.isClosed, response.isStreamConsumed, response.bodyUsed];
    },
  },
};

const BODIES = {
  plain: { headers: {}, content: new Uint8Array(1000) },
  coded: {
    headers: { "content-encoding": "gzip" },
    content: new Uint8Array(gzipSync(new Uint8Array(1000))),
  },
} as const;

function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

async function waited(url: string, how: Behaviour, transport?: MockTransport): Promise<unknown> {
  await using client = new Client(transport === undefined ? { trustEnv: false } : { transport });
  const response = await (how.stream ? client.stream("GET", url) : client.get(url));
  return await how.waiting(response).catch(described);
}

function blocked(url: string, how: Behaviour, transport?: MockTransport): unknown {
  using client = new SyncClient(transport === undefined ? { trustEnv: false } : { transport });
  const response = how.stream ? client.stream("GET", url) : client.get(url);
  try {
    return how.blocking(response);
  } catch (error) {
    return described(error);
  }
}

describe("Client and SyncClient", () => {
  for (const [body, init] of Object.entries(BODIES)) {
    it(`do the same with a ${body} body of a mock`, async () => {
      const make = () => new MockTransport(() => new Response(200, init));
      for (const [name, how] of Object.entries(BEHAVIOURS)) {
        const result = await waited("http://a.test/", how, make());
        assertEquals([name, blocked("http://a.test/", how, make())], [name, result]);
      }
    });
  }

  it("do the same with a plain and a coded body of a server", async () => {
    await using server = await startThreadServer();
    for (const path of ["/1k", "/gzip?size=1000"]) {
      for (const [name, how] of Object.entries(BEHAVIOURS)) {
        const url = `${server.url}${path}`;
        assertEquals([path, name, blocked(url, how)], [path, name, await waited(url, how)]);
      }
    }
  });

  it("spend no more memory than maxResponseBytes on a bomb of a mock", async () => {
    const content = new Uint8Array(gzipSync(new Uint8Array(200_000_000)));
    const headers = { "content-encoding": "gzip" };
    const transport = new MockTransport(() => new Response(200, { headers, content }));
    const options = { transport, maxResponseBytes: 1_000_000 };
    await using client = new Client(options);
    using sync = new SyncClient(options);
    const before = process.memoryUsage().rss;
    const errors = [
      await client.get("http://a.test/").catch(described),
      await Promise.resolve().then(() => sync.get("http://a.test/")).catch(described),
    ];
    const message =
      "DecodingError: Cannot read the body: it is larger than 1000000 bytes (maxResponseBytes)";
    assertEquals<unknown>(errors, [message, message]);
    assert(process.memoryUsage().rss - before < 100_000_000);
  });
});
