import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as httpx from "@httpx/httpx/sync";
import { authorities, certificatePath, servers } from "../support/certificates.ts";
import { startThreadServer } from "../support/thread/server.ts";

describe("SyncClient over TLS", () => {
  it("trusts whom it is told to: text, a path, a context, one request's own", async () => {
    await using server = await startThreadServer(servers.good);
    const context = httpx.createTLSContext({ ca: authorities.ca });
    for (const verify of [authorities.ca, certificatePath("ca"), context, false]) {
      using client = new httpx.SyncClient({ verify });
      assertEquals(client.get(server.url).text(), "hello");
    }
    using client = new httpx.SyncClient({ trustEnv: false });
    const error = assertThrows(() => client.get(server.url), httpx.ConnectError);
    assertEquals([error.phase, error.request?.url], ["tls", `${server.url}/`]);
    for (const verify of [authorities.ca, context]) {
      const before = (await server.counts()).connections;
      for (let i = 0; i < 2; i++) assertEquals(client.get(server.url, { verify }).text(), "hello");
      assertEquals((await server.counts()).connections, before + 1);
    }
  });
});
