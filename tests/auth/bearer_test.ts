/** BearerAuth through a client and loopback sockets. */
import { BearerAuth, Client } from "@httpx/httpx";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inspect } from "node:util";
import { startLocalServer } from "../support/local_server.ts";

const echo = () =>
  startLocalServer((request, response) => response.end(request.headers.authorization ?? "none"));

describe("BearerAuth", () => {
  it("sends its token with every request, instead of what is there", async () => {
    await using server = await echo();
    await using client = new Client({
      baseURL: server.url,
      auth: new BearerAuth("a.b-c_d~e+f/g|1=="),
    });
    const headers = { authorization: "Basic x" };
    for (const options of [{}, { headers }]) {
      assertEquals(await (await client.get("/", options)).text(), "Bearer a.b-c_d~e+f/g|1==");
    }
  });

  it("asks a function for each request, and waits for it", async () => {
    await using server = await echo();
    let calls = 0;
    const sync = new BearerAuth(() => `t${++calls}`);
    const async = new BearerAuth(() => Promise.resolve(`t${++calls}`));
    await using client = new Client({ baseURL: server.url });
    for (const auth of [sync, async, sync]) {
      assertEquals(await (await client.get("/", { auth })).text(), `Bearer t${calls}`);
    }
    assertEquals(calls, 3);
  });

  it("passes on what the function throws, and nothing is sent", async () => {
    await using server = await echo();
    const auth = new BearerAuth(() => Promise.reject(new RangeError("no token")));
    await using client = new Client({ baseURL: server.url, auth });
    await assertRejects(() => client.get("/"), RangeError, "no token");
    assertEquals(server.received.length, 0);
  });

  it("refuses what can't be a token, without showing it", async () => {
    const cases: readonly [token: unknown, fault: string][] = [
      ["", "Cannot use a bearer token: it is empty"],
      [
        "s3cret\r\nx-evil: 1",
        "Cannot use a bearer token: it has a space or a character beyond ASCII",
      ],
      ["s3cret ", "Cannot use a bearer token: it has a space"],
      ["s3crét", "Cannot use a bearer token: it has a space"],
      [undefined, "Cannot use a bearer token of type undefined: give a string"],
    ];
    await using client = new Client();
    for (const [token, fault] of cases) {
      const error = assertThrows(() => new BearerAuth(token as string), TypeError, fault);
      assertEquals(error.message.includes("s3cr"), false);
      const auth = new BearerAuth(() => token as string);
      await assertRejects(() => client.get("http://127.0.0.1:1/", { auth }), TypeError, fault);
    }
  });

  it("follows no redirect to another origin", async () => {
    await using other = await echo();
    await using server = await startLocalServer(({ target }, response) => {
      const location = target === "/" ? "/in" : other.url;
      response.writeHead(302, { location }).end();
    });
    const auth = new BearerAuth("t");
    await using client = new Client({ baseURL: server.url, auth, followRedirects: true });
    assertEquals(await (await client.get("/")).text(), "none");
    assertEquals(server.received.map(({ headers }) => headers.authorization), [
      ...["Bearer t", "Bearer t"],
    ]);
  });

  it("shows no secret when it is printed", () => {
    for (const auth of [new BearerAuth("s3cret"), new BearerAuth(() => "s3cret")]) {
      const shown = inspect(auth, { depth: 9, showHidden: true }) + JSON.stringify(auth);
      assertEquals(shown.includes("s3cret"), false, shown);
    }
  });
});
