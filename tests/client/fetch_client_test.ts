import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, type ClientOptions } from "@httpx/httpx/fetch";
import { FetchClient } from "@httpx/httpx";
import { type Received, startLocalServer } from "../support/local_server.ts";

describe("FetchClient", () => {
  it("is the edge entry's Client", () => {
    assertEquals(Client === FetchClient, true);
  });

  const names = ["verify", "cert", "limits", "trustEnv", "http2", "proxy", "retries", "resolve"];
  for (const name of names) {
    it(`refuses ${name}, which fetch can't honour`, () => {
      assertThrows(
        () => new Client({ [name]: false } as ClientOptions),
        TypeError,
        `Cannot use option "${name}": fetch has no way to honour it`,
      );
    });
  }

  it("refuses what nobody knows", () => {
    const options = { base_url: "https://a.test" } as ClientOptions;
    assertThrows(() => new Client(options), TypeError, 'use "baseURL"');
  });

  it("has defaults, cookies, credentials and redirects of its own over fetch", async () => {
    await using server = await startLocalServer((request, response) => {
      if (request.target === "/v1/go") {
        response.writeHead(303, { location: "/v1/end", "set-cookie": "s=1" }).end();
      } else response.end(JSON.stringify(request));
    });
    await using client = new Client({
      baseURL: `${server.url}/v1`,
      headers: { "x-a": "1" },
      auth: ["u", "p"],
      followRedirects: true,
    });
    const response = await client.post("/go", { json: { b: 2 } });
    const { method, headers, body } = await response.json<Received>();
    assertEquals([method, body, response.history.length], ["GET", "", 1]);
    assertEquals([headers["x-a"], headers.cookie], ["1", "s=1"]);
    assertEquals(headers.authorization, `Basic ${btoa("u:p")}`);
    assertEquals(headers["content-type"], undefined);
  });
});
