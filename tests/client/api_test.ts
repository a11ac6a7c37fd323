import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as httpx from "@httpx/httpx";
import * as edge from "@httpx/httpx/fetch";
import { type Received, startLocalServer } from "../support/local_server.ts";

const doors = [["httpx", httpx], ["httpx/fetch", edge]] as const;

function startEcho() {
  return startLocalServer((request, response) => response.end(JSON.stringify(request)));
}

for (const [name, door] of doors) {
  describe(`functions of ${name}`, () => {
    it("send their methods", async () => {
      await using server = await startEcho();
      const { url } = server;
      await door.get(url, { params: { a: 1 } });
      await door.head(url);
      await door.options(url);
      await door.delete(url);
      await door.post(url, { json: 1 });
      await door.put(url, { content: "2" });
      await door.patch(url, { data: { c: 3 } });
      await door.query(url, { json: 4 });
      await door.request("PROPFIND", url);
      assertEquals(server.received.map(({ method, body }) => `${method} ${body}`.trim()), [
        ...["GET", "HEAD", "OPTIONS", "DELETE"],
        ...["POST 1", "PUT 2", "PATCH c=3", "QUERY 4", "PROPFIND"],
      ]);
      assertEquals(server.received[0]?.target, "/?a=1");
    });

    it("do not follow redirects unless asked to", async () => {
      await using server = await startLocalServer((request, response) => {
        if (request.target === "/") response.writeHead(302, { location: "/y" }).end();
        else response.end("there");
      });
      assertEquals((await door.get(server.url)).status, 302);
      const response = await door.get(server.url, { followRedirects: true });
      assertEquals([await response.text(), response.history.length], ["there", 1]);
    });

    it("reject where arguments are wrong, naming the function", async () => {
      const url = "http://127.0.0.1:1/";
      const wrong = { follow_redirects: true } as object;
      await assertRejects(() => door.get(url, wrong), TypeError, "of get()");
      await assertRejects(() => door.stream("GET", url, wrong), TypeError, "of stream()");
      const body = { json: 1 } as object;
      await assertRejects(() => door.delete(url, body), TypeError, "delete(): it takes no body");
      await assertRejects(() => door.get(url), door.TransportError);
    });
  });
}

describe("httpx.get()", () => {
  it("leaves no connection open", async () => {
    await using server = await startEcho();
    const response = await httpx.get(server.url, { trustEnv: false });
    await server.allClosed();
    assertEquals((await response.json<Received>()).method, "GET");
  });

  it("leaves no connection open when it fails", async () => {
    await using server = await startLocalServer((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end("no gzip");
    });
    await assertRejects(() => httpx.get(server.url), httpx.DecodingError);
    await server.allClosed();
  });

  it("rejects where the settings of its client are wrong", async () => {
    const options = { verify: "/no/such/file.pem" };
    await assertRejects(() => httpx.get("https://127.0.0.1:1/", options));
  });
});

describe("httpx.stream()", () => {
  function startDrip() {
    return startLocalServer((request, response) => {
      response.write("one\n");
      if (request.target !== "/open") response.end("two\n");
    });
  }

  it("closes its client at the end of the body", async () => {
    await using server = await startDrip();
    const response = await httpx.stream("GET", server.url);
    const lines: string[] = [];
    for await (const line of response.iterLines()) lines.push(line);
    assertEquals(lines, ["one", "two"]);
    await server.allClosed();
  });

  it("closes its client when the response is disposed of", async () => {
    await using server = await startDrip();
    {
      await using response = await httpx.stream("GET", `${server.url}/open`);
      assertEquals(response.status, 200);
    }
    await server.allClosed();
  });

  it("closes its client where there is no body", async () => {
    await using server = await startEcho();
    const response = await httpx.stream("HEAD", server.url);
    await response.read();
    await server.allClosed();
  });
});
