/** A client that is closed while a body is read: one class of error, on every route of the network and in every way to read. */
import { Client, CloseError, FetchTransport, type Response } from "@httpx/httpx";
import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { F, headers, settings } from "../support/http2/frames.ts";
import { listen, type Peer } from "../support/loopback.ts";

async function http1(peer: Peer): Promise<void> {
  await peer.readSome();
  await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
}

async function http2(peer: Peer): Promise<void> {
  await peer.send(settings());
  await peer.readSome();
  await peer.send(headers(1, { ":status": "200" }, F.END_HEADERS));
}

async function upgraded(peer: Peer): Promise<void> {
  await peer.readSome();
  await peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
}

const ROUTES = {
  "HTTP/1.1": { handle: http1, client: () => new Client({ trustEnv: false }) },
  "HTTP/2": {
    handle: http2,
    client: () => new Client({ trustEnv: false, http1: false, http2: true }),
  },
  fetch: { handle: http1, client: () => new Client({ transport: new FetchTransport() }) },
} as const;

/** Reads on until there is nothing more. */
async function readOn(response: Response): Promise<void> {
  for await (const _ of response.iterRaw());
}

describe("A client that is closed while a body is read", () => {
  for (const [name, { handle, client: make }] of Object.entries(ROUTES)) {
    for (const how of ["get", "stream"] as const) {
      it(`fails with a CloseError over ${name}, by ${how}()`, async () => {
        await using server = await listen(handle);
        const client = make();
        const url = `http://127.0.0.1:${server.port}/`;
        const call = how === "get"
          ? client.get(url)
          : client.stream("GET", url).then((response) => readOn(response));
        const error = call.then(() => null, (error: unknown) => error);
        await new Promise((resolve) => setTimeout(resolve, 100)); // the body has begun, or the call has not
        await client.close();
        assertInstanceOf(await error, CloseError);
      });
    }
  }

  it("fails with a CloseError on a stream after an upgrade", async () => {
    await using server = await listen(upgraded);
    const client = new Client({ trustEnv: false });
    const headers = { Upgrade: "x" };
    const response = await client.get(`http://127.0.0.1:${server.port}/`, { headers });
    const reading = response.extensions.network_stream!.read().catch((error: unknown) => error);
    await client.close();
    const error = await reading;
    assertInstanceOf(error, CloseError);
    assertEquals(error.message, "Cannot use the stream: the client was closed");
  });
});
