/** The client that blocks, over HTTP/2 against a server that nobody here wrote. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SyncClient } from "@httpx/httpx/sync";
import { certificatePath } from "../support/certificates.ts";
import { HTTP2_SERVER_KINDS, SIZES } from "./http2_servers.ts";

const verify = certificatePath("ca");

for (const kind of HTTP2_SERVER_KINDS.filter(({ name }) => /^(?:nginx|Apache)/.test(name))) {
  describe(`${kind.name} over HTTP/2, without await`, () => {
    (kind.isInstalled ? it : it.skip)("a download, and others beside it", async () => {
      await using server = await kind.start();
      using client = new SyncClient({ baseURL: server.url, verify, http2: true });
      using response = client.stream("GET", "/100m.bin");
      assertEquals(response.httpVersion, "HTTP/2");
      assert(typeof response.extensions.stream_id === "number");
      let size = 0;
      let others = 0;
      for (const chunk of response.iterRaw()) {
        size += chunk.length;
        if (size <= others * SIZES["/100m.bin"] / 10) continue;
        others++;
        assertEquals(client.get("/1k.bin").content.length, 1024);
      }
      assertEquals([size, others], [SIZES["/100m.bin"], 10]);
    });
  });
}
