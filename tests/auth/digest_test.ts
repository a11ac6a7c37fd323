/** DigestAuth through a client and loopback sockets, against a server that checks every number. */
import { Client, DigestAuth, MockTransport, Response, StreamConsumed } from "@httpx/httpx";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { inspect } from "node:util";
import { type LocalServer, type Received, startLocalServer } from "../support/local_server.ts";

/** What a request's Authorization says; empty where it has none. */
function given({ headers }: Received): Record<string, string> {
  const pairs = (headers.authorization ?? "").matchAll(/(\w+)=(?:"([^"]*)"|([^,]*))/g);
  return Object.fromEntries(
    Array.from(pairs, ([, name, quoted, bare]) => [name, quoted ?? bare]),
  );
}

/** Whether the proof is right for ada's password, by RFC 7616 §3.4. */
function isRight(request: Received, algorithm = "md5"): boolean {
  const hash = (text: string) => createHash(algorithm).update(text).digest("hex");
  const { realm, nonce, nc, cnonce, qop, uri, response, algorithm: named } = given(request);
  const secret = hash(`ada:${realm}:lovelace`);
  const a1 = named?.endsWith("-sess") ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = hash(`${request.method}:${uri}${qop === "auth-int" ? `:${hash(request.body)}` : ""}`);
  const middle = qop === undefined ? nonce : `${nonce}:${nc}:${cnonce}:${qop}`;
  return uri === request.target && response === hash(`${a1}:${middle}:${a2}`);
}

function refuse(response: ServerResponse, ...challenges: string[]): void {
  response.writeHead(401, { "www-authenticate": challenges }).end("no");
}

/** A server with one challenge; `method target status` of each answer is in its log. */
async function startProtected(
  challenge: string,
  { algorithm = "md5" } = {},
): Promise<LocalServer & { readonly log: string[] }> {
  const log: string[] = [];
  const server = await startLocalServer((request, response) => {
    const ok = isRight(request, algorithm);
    log.push(`${request.method} ${request.target} ${ok ? 200 : 401} ${given(request).nc ?? "-"}`);
    if (ok) response.end(request.body || "yes");
    else refuse(response, challenge);
  });
  return Object.assign(server, { log });
}

const auth = () => new DigestAuth("ada", "lovelace");
const CHALLENGE = 'Digest realm="r", nonce="n1", qop="auth", opaque="o"';

describe("DigestAuth", () => {
  it("answers the 401, then sends credentials unasked and counts them", async () => {
    await using server = await startProtected(CHALLENGE);
    await using client = new Client({ baseURL: server.url, auth: auth() });
    const first = await client.get("/a?b=c%20d");
    assertEquals([first.status, first.history.map(({ status }) => status)], [200, [401]]);
    const second = await client.post("/e", { content: "body" });
    assertEquals([await second.text(), second.history.length], ["body", 0]);
    assertEquals(server.log, [
      "GET /a?b=c%20d 401 -",
      "GET /a?b=c%20d 200 00000001",
      "POST /e 200 00000002",
    ]);
    const nonces = server.received.slice(1).map((request) => given(request).cnonce);
    assertMatch(nonces.join(), /^[0-9a-f]{16},[0-9a-f]{16}$/);
    assertEquals(new Set(nonces).size, 2);
    assertEquals(given(server.received[1] as Received).opaque, "o"); // there are three
  });

  for (const [name, algorithm] of [["MD5", "md5"], ["SHA-256", "sha256"], ["SHA-512", "sha512"]]) {
    for (const qop of ['qop="auth"', 'qop="auth-int"', "stale=false"]) {
      for (const kind of ["", "-sess"]) {
        it(`speaks ${name}${kind} with ${qop}, and again unasked`, async () => {
          const challenge = `Digest realm="r", nonce="n", ${qop}, algorithm=${name}${kind}`;
          await using server = await startProtected(challenge, { algorithm: algorithm ?? "" });
          await using client = new Client({ baseURL: server.url, auth: auth() });
          for (const content of ["one", "two"]) {
            assertEquals(await (await client.put("/x", { content })).text(), content);
          }
          assertEquals(server.received.length, 3);
        });
      }
    }
  }

  it("hashes bodies that are no bytes for auth-int: a Blob again, a stream once known", async () => {
    const challenge = 'Digest realm="r", nonce="n", qop="auth-int"';
    await using server = await startProtected(challenge);
    await using client = new Client({ baseURL: server.url, auth: auth() });
    const blob = new Blob(["a blob"]);
    assertEquals(await (await client.post("/x", { content: blob })).text(), "a blob");
    async function* chunks() {
      yield new TextEncoder().encode("a str");
      await Promise.resolve();
      yield new TextEncoder().encode("eam");
    }
    assertEquals(await (await client.post("/x", { content: chunks() })).text(), "a stream");
  });

  it("says so where a stream would have to be sent a second time", async () => {
    await using server = await startProtected(CHALLENGE);
    await using client = new Client({ baseURL: server.url, auth: auth() });
    const content = new Blob(["once"]).stream();
    await assertRejects(
      () => client.post("/x?token=s3cret", { content }),
      StreamConsumed,
      `Cannot answer the digest challenge of POST ${server.url}/x?token=[secure]: the body was a`,
    );
    assertEquals((await client.get("/x")).status, 200);
  });

  it("gives up after credentials that are refused: no loop", async () => {
    await using server = await startProtected(CHALLENGE);
    const wrong = new DigestAuth("ada", "wrong");
    await using client = new Client({ baseURL: server.url, auth: wrong });
    const response = await client.get("/");
    assertEquals([response.status, response.history.length], [401, 1]);
    assertEquals(server.log.length, 2);
    await client.get("/");
    assertEquals(server.log.slice(2), ["GET / 401 -", "GET / 401 00000001"]);
  });

  it("takes a new nonce where the old one is stale, and does not go on for ever", async () => {
    let nonce = 1;
    await using server = await startLocalServer((request, response) => {
      const isFresh = given(request).nonce === `n${nonce}` && request.target !== "/never";
      if (isFresh && isRight(request)) return void response.end("yes");
      const stale = given(request).nonce === undefined ? "" : ", stale=true";
      refuse(response, `Digest realm="r", nonce="n${++nonce}", qop="auth"${stale}`);
    });
    await using client = new Client({ baseURL: server.url, auth: auth() });
    assertEquals((await client.get("/")).status, 200);
    nonce = 7; // the server forgets what it gave out
    const second = await client.get("/");
    assertEquals([second.status, second.history.length], [200, 1]);
    const never = await client.get("/never");
    assertEquals([never.status, never.history.length], [401, 10]);
  });

  it("answers anew where the server forgot its nonce and does not say stale", async () => {
    let nonce = "n1";
    await using server = await startLocalServer((request, response) => {
      if (given(request).nonce === nonce && isRight(request)) response.end("yes");
      else refuse(response, `Digest realm="r", nonce="${nonce}", qop="auth"`);
    });
    await using client = new Client({ baseURL: server.url, auth: auth() });
    await client.get("/");
    nonce = "n2";
    assertEquals((await client.get("/")).status, 200);
    assertEquals(server.received.map((request) => given(request).nc), [
      ...[undefined, "00000001", "00000002", "00000001"],
    ]);
  });

  it("uses the nonce that Authentication-Info names next (RFC 7616 §3.5)", async () => {
    let count = 1;
    await using server = await startLocalServer((request, response) => {
      if (given(request).nonce === `n${count}` && isRight(request)) {
        response.writeHead(200, { "authentication-info": `nextnonce="n${++count}", qop=auth` });
        return void response.end();
      }
      refuse(response, `Digest realm="r", nonce="n${count}", qop="auth"`);
    });
    await using client = new Client({ baseURL: server.url, auth: auth() });
    for (let i = 0; i < 3; i++) assertEquals((await client.get("/")).status, 200);
    assertEquals(server.received.map((request) => given(request).nonce), [
      ...[undefined, "n1", "n2", "n3"],
    ]);
  });

  it("counts once where concurrent requests are given the same nonce", async () => {
    await using server = await startProtected(CHALLENGE);
    await using client = new Client({ baseURL: server.url, auth: auth() });
    const all = await Promise.all(Array.from({ length: 20 }, () => client.get("/")));
    assertEquals(new Set(all.map(({ status }) => status)), new Set([200]));
    const counts = server.received.map((request) => given(request).nc).filter((nc) => nc);
    assertEquals([counts.length, new Set(counts).size], [20, 20]);
  });

  it("picks the strongest of several challenges, and leaves other schemes alone", async () => {
    await using server = await startLocalServer((request, response) => {
      if (isRight(request, "sha256")) response.end(given(request).algorithm);
      else {
        refuse(
          response,
          'Basic realm="a, Digest", Digest realm="r", nonce="m", algorithm=MD5',
          'Negotiate, Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"',
        );
      }
    });
    await using client = new Client({ baseURL: server.url, auth: auth() });
    assertEquals(await (await client.get("/")).text(), "SHA-256");
    await using other = await startLocalServer((_, response) => refuse(response, "Basic realm=x"));
    const refused = await client.get(other.url);
    assertEquals([refused.status, other.received.length], [401, 1]);
  });

  it("sends the cookies of the 401 back, beside the caller's", async () => {
    await using server = await startLocalServer((request, response) => {
      if (isRight(request)) return void response.end(request.headers.cookie);
      response.setHeader("set-cookie", ["sid=2; Path=/", "other=3; Path=/elsewhere"]);
      refuse(response, CHALLENGE);
    });
    for (const cookies of [undefined, false] as const) {
      await using client = new Client({ baseURL: server.url, auth: auth(), cookies });
      const headers = { cookie: "sid=1; own=4" };
      assertEquals(await (await client.get("/", { headers })).text(), "own=4; sid=2");
    }
  });

  it("keeps challenges apart by origin, and within the domain that a server names", async () => {
    await using first = await startProtected(`${CHALLENGE}, domain="/in/ /also"`);
    await using second = await startProtected(CHALLENGE.replace("n1", "n2"));
    await using client = new Client({ auth: auth() });
    for (const path of ["/in/a", "/in/b", "/also", "/out"]) await client.get(first.url + path);
    await client.get(`${second.url}/in/a`);
    assertEquals(first.log, [
      ...["GET /in/a 401 -", "GET /in/a 200 00000001"],
      ...["GET /in/b 200 00000002", "GET /also 200 00000003"],
      ...["GET /out 401 -", "GET /out 200 00000004"],
    ]);
    assertEquals(second.log, ["GET /in/a 401 -", "GET /in/a 200 00000001"]);
  });

  it("answers where a redirect of the same origin leads, for that URI", async () => {
    await using server = await startLocalServer((request, response) => {
      if (!isRight(request)) return refuse(response, CHALLENGE);
      if (request.target !== "/from") return void response.end(request.target);
      response.writeHead(302, { location: "/to" }).end();
    });
    const options = { baseURL: server.url, auth: auth(), followRedirects: true };
    await using client = new Client(options);
    for (let i = 0; i < 2; i++) assertEquals(await (await client.get("/from")).text(), "/to");
    assertEquals(server.received.map((r) => `${r.target} ${given(r).uri ?? "-"}`), [
      ...["/from -", "/from /from", "/to -", "/to /to"],
      ...["/from /from", "/to -", "/to /to"],
    ]);
  });

  it("answers no challenge of another origin that a redirect leads to", async () => {
    await using other = await startProtected(CHALLENGE);
    await using server = await startLocalServer((request, response) => {
      if (!isRight(request)) return refuse(response, CHALLENGE);
      response.writeHead(302, { location: `${other.url}/there` }).end();
    });
    const options = { baseURL: server.url, auth: auth(), followRedirects: true };
    await using client = new Client(options);
    for (let i = 0; i < 2; i++) assertEquals((await client.get("/")).status, 401);
    assertEquals(other.received.map(({ headers }) => headers.authorization), [
      undefined,
      undefined,
    ]);
  });

  it("leaves the 401 to the caller if its challenge can't be answered", async () => {
    const broken = [
      'Digest nonce="n"',
      'Digest realm="r", nonce="n',
      'Digest realm="r", nonce="n", algorithm=CRC',
      'Digest realm="r", nonce="n", qop="other"',
    ];
    for (const challenge of broken) {
      let sent = 0;
      const transport = new MockTransport(() => {
        sent++;
        return new Response(401, { headers: { "www-authenticate": challenge }, text: "who?" });
      });
      await using client = new Client({ transport, auth: auth() });
      const response = await client.get("https://a.test/");
      assertEquals([response.status, await response.text(), sent], [401, "who?", 1]);
    }
  });

  it("is not sent in place of the credentials of a Location", async () => {
    const sent: (string | null)[] = [];
    const transport = new MockTransport(({ url, headers }) => {
      sent.push(headers.get("authorization"));
      if (url === "https://a.test/") {
        return new Response(302, { headers: { location: "https://u:p@a.test/next" } });
      }
      const challenge = 'Digest realm="r", nonce="n", qop="auth"';
      return new Response(401, { headers: { "www-authenticate": challenge } });
    });
    await using client = new Client({ transport, auth: auth(), followRedirects: true });
    assertEquals((await client.get("https://a.test/")).status, 401);
    assertEquals(sent, [null, `Basic ${btoa("u:p")}`]);
  });

  it("shows no secret, and takes nothing but strings", () => {
    const shown = inspect(auth(), { depth: 9, showHidden: true }) + JSON.stringify(auth());
    assertEquals(shown.includes("lovelace"), false, shown);
    const wrong = undefined as unknown as string;
    assertThrows(() => new DigestAuth("ada", wrong), TypeError, "Cannot make digest credentials");
  });
});
