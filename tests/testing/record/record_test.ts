import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Client, MockTransport, type Request, Response } from "@httpx/httpx";
import { SyncClient } from "@httpx/httpx/sync";
import { record, type RecordOptions, UnrecordedRequest } from "@httpx/httpx/testing";
import { npmPackage } from "../../support/npm.ts";
import { startLocalServer } from "../../support/local_server.ts";

async function inFolder(
  use: (file: string, folder: string) => Promise<void> | void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-record-"));
  try {
    await use(join(folder, "calls.har"), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const UNREACHABLE = new MockTransport(({ url }) => {
  throw new Error(`Nothing may be sent, and ${url} was`);
});

/** A client that records what `answer` answers. */
function recording(file: string, answer: (request: Request) => Response, options?: RecordOptions) {
  return new Client({ transport: new MockTransport(answer), middleware: [record(file, options)] });
}

function replaying(file: string, options: RecordOptions = { mode: "replay" }): Client {
  return new Client({ transport: UNREACHABLE, middleware: [record(file, options)] });
}

interface Entry {
  readonly comment?: string;
  readonly request: { readonly url: string };
  readonly response: { readonly status: number };
  readonly timings: Record<string, number>;
}

function entriesOf(file: string): Entry[] {
  return JSON.parse(readFileSync(file, "utf8")).log.entries;
}

describe("record()", () => {
  it("records once, and replays without a request from then on", () =>
    inFolder(async (file) => {
      let count = 0;
      const answer = () => new Response(201, { json: { count: ++count }, headers: { "X-A": "1" } });
      for (let i = 0; i < 2; i++) {
        await using client = recording(file, answer);
        const first = await client.get("https://a.example/x");
        const second = await client.get("https://a.example/x");
        assertEquals([await first.json(), await second.json()], [{ count: 1 }, { count: 2 }]);
        assertEquals([first.status, first.headers.get("x-a")], [201, "1"]);
      }
      assertEquals(count, 2);
    }));

  it("keeps text, bytes, coded and streamed bodies over sockets, with redirects and timings", () =>
    inFolder(async (file) => {
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      await using server = await startLocalServer(({ target }, response) => {
        if (target === "/from") return void response.writeHead(302, { location: "/text" }).end();
        if (target === "/gzip") response.setHeader("content-encoding", "gzip");
        response.end(
          target === "/gzip" ? gzipSync("coded") : target === "/text" ? "text ë" : bytes,
        );
      });
      const callAll = async (client: Client) => {
        const text = await client.get(`${server.url}/from`, { followRedirects: true });
        const coded = await client.get(`${server.url}/gzip`);
        const parts: number[] = [];
        for (const target of ["/bytes", "/gzip"]) {
          await using streamed = await client.stream("GET", server.url + target);
          for await (const chunk of streamed.iterBytes()) parts.push(...chunk);
        }
        return [await text.text(), text.history.length, await coded.text(), parts];
      };
      const expected = ["text ë", 1, "coded", [...bytes, ...new TextEncoder().encode("coded")]];
      {
        await using client = new Client({ middleware: [record(file)] });
        assertEquals(await callAll(client), expected);
      }
      await using client = replaying(file);
      assertEquals(await callAll(client), expected);
      const entries = entriesOf(file);
      assertEquals(entries.map(({ response }) => response.status), [302, 200, 200, 200, 200]);
      assert((entries[0]?.timings["connect"] ?? -1) >= 0);
      assertEquals(entries[1]?.timings["connect"], -1);
    }));

  it("writes no secret to disk, and replays requests with other secrets", () =>
    inFolder(async (file) => {
      const setCookie = "sid=s3cret-7; Path=/; HttpOnly";
      const answer = () =>
        new Response(200, {
          json: { user: "ada", access_token: "s3cret-6" },
          headers: { "Set-Cookie": setCookie, "X-Auth-Token": "s3cret-8" },
        });
      const call = async (client: Client, secret: string) => {
        client.cookies.set("id", `${secret}-1`, { domain: "a.example" });
        return await client.post(`https://ada:${secret}-2@a.example/x?sig=${secret}-3&q=1`, {
          json: { password: `${secret}-4`, name: "Ada" },
          headers: { Authorization: `Bearer ${secret}-5` },
        });
      };
      {
        await using client = recording(file, answer);
        await call(client, "s3cret");
      }
      const text = readFileSync(file, "utf8");
      assert(!text.includes("s3cret"), text);
      assert(text.includes("sid=[secure]; Path=/; HttpOnly"), text);
      await using client = replaying(file);
      const response = await call(client, "another");
      assertEquals(await response.json(), { user: "ada", access_token: "[secure]" });
    }));

  it("refuses what is not in the file, and says what differs", () =>
    inFolder(async (file) => {
      {
        await using client = recording(file, () => new Response(200));
        await client.post("https://a.example/users?page=1", { json: { name: "Ada", age: 36 } });
      }
      const complaintOf = async (method: string, url: string, name: string | null) => {
        await using client = replaying(file);
        const options = name === null ? {} : { json: { name, age: 36 } };
        const { message } = await assertRejects(
          () => client.request(method, url, options),
          UnrecordedRequest,
        );
        return message.split("\n")[1];
      };
      const nearest = "  POST https://a.example/users?page=1: ";
      const url = "https://a.example/users?page=1";
      assertEquals(
        await complaintOf("POST", url, "Bob"),
        `${nearest}line 1 of the body is ${JSON.stringify('{"name":"Bob","age":36}')}, not ${
          JSON.stringify('{"name":"Ada","age":36}')
        }`,
      );
      assertEquals(
        await complaintOf("POST", "https://a.example/users?page=2", "Ada"),
        `${nearest}the query is "?page=2", not "?page=1"`,
      );
      assertEquals(await complaintOf("GET", url, null), `${nearest}the method is GET, not POST`);
      assertEquals(
        await complaintOf("POST", "https://a.example/other", "Ada"),
        `${nearest}the path is /other, not /users`,
      );
      assertEquals(
        await complaintOf("POST", url, null),
        `${nearest}it has no body, and the recorded one has`,
      );
      await using client = replaying(file);
      const again = () => client.post(url, { json: { name: "Ada", age: 36 } });
      await again();
      const error = await assertRejects(again, UnrecordedRequest);
      assert(error.message.endsWith("each of its answers is used"), error.message);
      assertEquals(error.request.method, "POST");
    }));

  it("replays files of a form whatever their boundary, and by a match of one's own", () =>
    inFolder(async (file) => {
      const upload = { files: { photo: ["a.png", new Uint8Array([1, 200, 3])] } } as const;
      {
        await using client = recording(file, () => new Response(200));
        await client.post("https://a.example/", upload);
        await client.get("https://a.example/time?now=1");
      }
      await using client = replaying(file);
      await client.post("https://a.example/", upload);
      const match: RecordOptions["match"] = (sent, recorded) =>
        sent.method === recorded.method && sent.url.split("?")[0] === recorded.url.split("?")[0];
      await using loose = replaying(file, { mode: "replay", match });
      assertEquals((await loose.get("https://a.example/time?now=2")).status, 200);
    }));

  it("loses nothing of concurrent calls and of several recorders of one file", () =>
    inFolder(async (file, folder) => {
      const clients = [0, 1, 2].map(() =>
        recording(file, ({ url }) => new Response(200, { text: url }), { mode: "record" })
      );
      await Promise.all(
        clients.flatMap((client, i) =>
          Array.from({ length: 20 }, (_, n) => client.get(`https://a.example/${i}/${n}`))
        ),
      );
      await Promise.all(clients.map((client) => client.close()));
      assertEquals(new Set(entriesOf(file).map(({ request }) => request.url)).size, 60);
      assertEquals(readdirSync(folder), ["calls.har"]); // neither drafts nor locks are left
    }));

  it("replaces the entries of a file in mode record, and does nothing in mode off", () =>
    inFolder(async (file) => {
      for (const path of ["old", "new"]) {
        await using client = recording(file, () => new Response(200), { mode: "record" });
        await client.get(`https://a.example/${path}`);
      }
      assertEquals(entriesOf(file).map(({ request }) => request.url), ["https://a.example/new"]);
      const before = readFileSync(file, "utf8");
      {
        await using client = recording(file, () => new Response(204), { mode: "off" });
        assertEquals((await client.get("https://a.example/other")).status, 204);
      }
      assertEquals(readFileSync(file, "utf8"), before);
    }));

  it("keeps what a scrub leaves, and a file that is not its own", () =>
    inFolder(async (file, folder) => {
      const scrub: RecordOptions["scrub"] = (entry) =>
        entry.request.url.endsWith("/private") ? null : { ...entry, comment: "kept" };
      const client = recording(file, () => new Response(200), { scrub });
      await client.get("https://a.example/private");
      await client.get("https://a.example/public");
      await client.close();
      assertEquals(entriesOf(file).map(({ comment }) => comment), ["kept"]);
      const late = recording(file, () => new Response(200), { mode: "record" });
      writeFileSync(file, "not HAR");
      await assertRejects(() => late.close(), TypeError, "it is not a HAR file");
      assertThrows(() => record(file), TypeError, "it is not a HAR file");
      assertEquals([readFileSync(file, "utf8"), readdirSync(folder)], ["not HAR", ["calls.har"]]);
    }));

  it("is the same for a client that blocks", () =>
    inFolder((file) => {
      const transport = new MockTransport(() => new Response(200, { text: "hello" }));
      for (const used of [transport, UNREACHABLE]) {
        using client = new SyncClient({ transport: used, middleware: [record(file)] });
        assertEquals(client.post("https://a.example/", { content: "ping" }).text(), "hello");
      }
      assertEquals(entriesOf(file).length, 1);
    }));

  it("writes what an independent validator of HAR 1.2 accepts", () =>
    inFolder(async (file) => {
      {
        await using client = recording(file, ({ method }) =>
          method === "GET"
            ? new Response(302, { headers: { location: "/b?c=1" } })
            : new Response(200, { content: new Uint8Array([0, 255]) }));
        await client.get("https://a.example/a?b=1");
        await client.post("https://a.example/a", { data: { a: "1" } });
      }
      const folder = await npmPackage("har-validator@5");
      const validator = createRequire(join(folder, "package.json"))("har-validator");
      const har = JSON.parse(readFileSync(file, "utf8"));
      assertEquals(await validator.har(har), har);
    }));

  it("refuses options of the wrong kind, and a recording that is missing", () =>
    inFolder((file) => {
      assertThrows(() => record(file, { mode: "once" } as never), TypeError, "mode");
      assertThrows(() => record(file, { mod: "auto" } as never), TypeError, "mod");
      assertThrows(() => record(file, { mode: "replay" }), TypeError, "there is no such file");
      assertEquals(existsSync(file), false);
      assertInstanceOf(record(file).handle, Function);
    }));
});
