/** OAuth2ClientCredentials through a client and loopback sockets, on a clock in the test's hands. */
import {
  Client,
  HTTPStatusError,
  OAuth2ClientCredentials,
  type OAuth2ClientCredentialsOptions,
  ReadError,
  ReadTimeout,
  RemoteProtocolError,
  Timeout,
} from "@httpx/httpx";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ServerResponse } from "node:http";
import { inspect } from "node:util";
import { type LocalServer, type Received, startLocalServer } from "../support/local_server.ts";
import { ManualTime } from "../support/manual_clock.ts";

/** A token endpoint and the API beside it. Tokens are `t1`, `t2` …; those revoked are refused. */
interface Site extends LocalServer {
  /** How often a token was asked for. */
  readonly tokens: () => number;
  readonly revoked: Set<string>;
  readonly client: { tokenURL: string; clientId: string; clientSecret: string };
}

type Answer = (request: Received, response: ServerResponse) => void;

async function startSite(
  { lifetime = 60, onToken, onRequest }: {
    lifetime?: number;
    onToken?: (count: number, response: ServerResponse) => boolean;
    onRequest?: Answer;
  } = {},
): Promise<Site> {
  let tokens = 0;
  const revoked = new Set<string>();
  const server = await startLocalServer((request, response) => {
    if (request.target === "/token") {
      tokens++;
      if (onToken?.(tokens, response) === true) return;
      const token = { access_token: `t${tokens}`, token_type: "Bearer", expires_in: lifetime };
      return void response.end(JSON.stringify(token));
    }
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    if (revoked.has(token) || token === "") response.writeHead(401).end("x".repeat(2_000_000));
    else if (onRequest !== undefined) onRequest(request, response);
    else response.end(`${token} ${request.body}`);
  });
  const client = { tokenURL: `${server.url}/token`, clientId: "robot", clientSecret: "s3cret" };
  return Object.assign(server, { tokens: () => tokens, revoked, client });
}

async function texts(count: number, client: Client): Promise<Set<string>> {
  const all = await Promise.all(Array.from({ length: count }, () => client.get("/api")));
  return new Set(await Promise.all(all.map((response) => response.text())));
}

describe("OAuth2ClientCredentials", () => {
  it("asks once for 50 concurrent requests, and once more when the token has expired", async () => {
    await using site = await startSite({ lifetime: 60 });
    const time = new ManualTime();
    const auth = new OAuth2ClientCredentials({ ...site.client, expiryMargin: 10_000 }, time);
    await using client = new Client({ baseURL: site.url, auth });
    assertEquals([await texts(50, client), site.tokens()], [new Set(["t1 "]), 1]);
    time.leap(49_999);
    assertEquals([await texts(50, client), site.tokens()], [new Set(["t1 "]), 1]);
    time.leap(1);
    assertEquals([await texts(50, client), site.tokens()], [new Set(["t2 "]), 2]);
  });

  it("refreshes once for 50 requests that are refused, and sends each again", async () => {
    await using site = await startSite();
    const auth = new OAuth2ClientCredentials(site.client);
    // Fewer connections than requests: none may be held while the token is waited for.
    const limits = { maxConnections: 3 };
    await using client = new Client({ baseURL: site.url, auth, limits });
    await client.get("/api");
    site.revoked.add("t1");
    assertEquals([await texts(50, client), site.tokens()], [new Set(["t2 "]), 2]);
  });

  it("gives back connections of refused requests that are streamed", async () => {
    await using site = await startSite();
    const auth = new OAuth2ClientCredentials(site.client);
    await using client = new Client({ baseURL: site.url, auth, limits: { maxConnections: 1 } });
    await client.get("/api");
    site.revoked.add("t1");
    await using response = await client.stream("GET", "/api");
    assertEquals([await response.text(), response.history.length], ["t2 ", 2]);
  });

  it("tries a refused request once more, not for ever", async () => {
    await using site = await startSite();
    for (const token of ["t1", "t2", "t3"]) site.revoked.add(token);
    const auth = new OAuth2ClientCredentials(site.client);
    await using client = new Client({ baseURL: site.url, auth });
    const response = await client.post("/api", { content: "body" });
    assertEquals([response.status, site.received.map(({ target }) => target)], [
      ...[401, ["/token", "/api", "/token", "/api"]],
    ]);
    assertEquals(site.received.map(({ body }) => body).slice(1), [
      "body",
      site.received[0]?.body,
      "body",
    ]);
  });

  it("returns the 401 where the body was a stream, and refreshes for the next", async () => {
    await using site = await startSite();
    site.revoked.add("t1");
    const auth = new OAuth2ClientCredentials(site.client);
    await using client = new Client({ baseURL: site.url, auth });
    const content = new Blob(["once"]).stream();
    assertEquals((await client.post("/api", { content })).status, 401);
    assertEquals(await (await client.get("/api")).text(), "t2 ");
  });

  it("fails all who wait with the reason, and asks anew for the next", async () => {
    await using site = await startSite({
      onToken: (count, response) => {
        if (count > 1) return false;
        response.writeHead(401).end('{"error":"invalid_client","error_description":"no s3cret"}');
        return true;
      },
    });
    const auth = new OAuth2ClientCredentials({ ...site.client, authMethod: "post" });
    await using client = new Client({ baseURL: site.url, auth });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => client.get("/api")));
    const reasons = outcomes.map((outcome) =>
      outcome.status === "rejected" ? outcome.reason : null
    );
    for (const reason of reasons) assertStrictEquals(reason, reasons[0]);
    assertEquals(reasons[0] instanceof HTTPStatusError, true);
    assertEquals(
      reasons[0].message,
      `Cannot get a token from ${site.url}/token: 401 Unauthorized: invalid_client: no [secure]`,
    );
    const shown = inspect(reasons[0], { depth: 9, showHidden: true }) + JSON.stringify(reasons[0]);
    assertEquals(shown.includes("s3cret"), false, shown);
    assertEquals([await texts(5, client), site.tokens()], [new Set(["t2 "]), 2]);
  });

  it("passes on what the transport says when the endpoint hangs up", async () => {
    await using site = await startSite({
      onToken: (_, response) => {
        response.destroy();
        return true;
      },
    });
    const auth = new OAuth2ClientCredentials(site.client);
    await using client = new Client({ baseURL: site.url, auth });
    const outcomes = await Promise.allSettled([client.get("/api"), client.get("/api")]);
    for (const outcome of outcomes) {
      assertEquals(outcome.status, "rejected");
      const { reason } = outcome as PromiseRejectedResult; // just asserted
      const isOfThePath = reason instanceof ReadError || reason instanceof RemoteProtocolError;
      assertEquals([isOfThePath, reason.request.url], [true, site.client.tokenURL], reason.message);
    }
    assertEquals(site.tokens(), 1);
  });

  it("lets another ask where the one who asked was given up", async () => {
    const controller = new AbortController();
    await using site = await startSite({
      onToken: (count) => {
        if (count === 1) controller.abort(new Error("given up"));
        return count === 1; // never answered
      },
    });
    const auth = new OAuth2ClientCredentials(site.client);
    await using client = new Client({ baseURL: site.url, auth });
    const first = assertRejects(
      () => client.get("/api", { signal: controller.signal }),
      Error,
      "given up",
    );
    assertEquals(await texts(5, client), new Set(["t2 "]));
    await first;
    assertEquals(site.tokens(), 2);
  });

  it("lets another ask where the one who asked ran out of its own time", async () => {
    await using site = await startSite({ onToken: (count) => count === 1 });
    const auth = new OAuth2ClientCredentials(site.client);
    await using client = new Client({ baseURL: site.url, auth });
    const timeout = new Timeout(null, { total: 50 });
    const first = assertRejects(() => client.get("/api", { timeout }), ReadTimeout);
    assertEquals(await texts(5, client), new Set(["t2 "]));
    await first;
  });

  it("waits for another's token no longer than the call may take, or the signal says", async () => {
    let release = () => {};
    const asked = new Promise<void>((resolve) => release = resolve);
    await using site = await startSite({
      onToken: () => {
        release();
        return true; // never answered
      },
    });
    const auth = new OAuth2ClientCredentials(site.client);
    const leading = new AbortController();
    await using client = new Client({ baseURL: site.url, auth });
    const leader = assertRejects(() => client.get("/api", { signal: leading.signal }));
    await asked;
    const timeout = new Timeout(null, { total: 30 });
    const error = await assertRejects(() => client.get("/api", { timeout }), ReadTimeout);
    assertEquals(
      error.message,
      `Cannot send GET ${site.url}/api: no token came from ${site.url}/token within 30 ms (total)`,
    );
    assertEquals([error.requestSent, error.safeToRetry], ["no", true]);
    const controller = new AbortController();
    const waiting = assertRejects(
      () => client.get("/api", { signal: controller.signal }),
      Error,
      "x",
    );
    controller.abort(new Error("x"));
    await waiting;
    leading.abort();
    await leader;
    assertEquals(site.tokens(), 1);
  });

  it("gives the token request a deadline of its own, whatever the call's", async () => {
    await using site = await startSite({ onToken: () => true });
    const auth = new OAuth2ClientCredentials({ ...site.client, timeout: 30 });
    await using client = new Client({ baseURL: site.url, auth, timeout: null });
    const error = await assertRejects(() => client.get("/api"), ReadTimeout);
    assertEquals(error.request?.url, site.client.tokenURL);
  });

  it("follows no redirect with the secret, nor with the token to another origin", async () => {
    await using other = await startLocalServer((_, response) => response.writeHead(401).end());
    const location = `${other.url}/elsewhere`;
    await using moved = await startSite({
      onToken: (_, response) => {
        response.writeHead(307, { location }).end();
        return true;
      },
    });
    await using client = new Client({ followRedirects: true });
    const options = { auth: new OAuth2ClientCredentials({ ...moved.client, authMethod: "post" }) };
    await assertRejects(() => client.get(moved.url, options), HTTPStatusError, "307");
    assertEquals(other.received.length, 0);

    await using site = await startSite({
      onRequest: (_, response) => response.writeHead(307, { location }).end(),
    });
    const auth = new OAuth2ClientCredentials(site.client);
    const response = await client.post(site.url, { auth, content: "x" });
    // The 401 of the other origin is no news about the token.
    assertEquals([response.status, site.tokens(), other.received.length], [401, 1, 1]);
    assertEquals(other.received[0]?.headers.authorization, undefined);
  });

  it("goes through the client: its hooks see the token request, the history has its answer", async () => {
    await using site = await startSite();
    const seen: string[] = [];
    const auth = new OAuth2ClientCredentials(site.client);
    const eventHooks = { request: [({ url }: { url: string }) => void seen.push(url)] };
    await using client = new Client({ baseURL: site.url, auth, eventHooks });
    const response = await client.get("/api");
    assertEquals(seen, [site.client.tokenURL, `${site.url}/api`]);
    assertEquals(response.history.map(({ url }) => url), [site.client.tokenURL]);
    assertEquals((await client.get("/api")).history, []);
  });

  it("refuses options it can't use, when it is made", () => {
    const good = { tokenURL: "https://a.test/token", clientId: "a", clientSecret: "s3cret" };
    const cases: readonly [options: object, fault: string][] = [
      [{ ...good, tokenURL: "/token" }, '"tokenURL" of OAuth2ClientCredentials: give an absolute'],
      [{ ...good, tokenURL: "ftp://a.test/" }, '"tokenURL" of OAuth2ClientCredentials: give an'],
      [{ ...good, clientId: undefined }, '"clientId" of OAuth2ClientCredentials: give a string'],
      [{ ...good, clientSecret: 7 }, '"clientSecret" of OAuth2ClientCredentials: give a string'],
      [{ ...good, authMethod: "none" }, '"authMethod" of OAuth2ClientCredentials: give "basic" or'],
      [{ ...good, expiryMargin: -1 }, '"expiryMargin": -1 is no number of milliseconds'],
      [{ ...good, expiryMargin: NaN }, '"expiryMargin": NaN is no number of milliseconds'],
    ];
    for (const [options, fault] of cases) {
      const error = assertThrows(
        () => new OAuth2ClientCredentials(options as OAuth2ClientCredentialsOptions),
        Error,
        `Cannot use option ${fault}`,
      );
      assertEquals(error.message.includes("s3cret"), false);
    }
  });

  it("shows no secret when it is printed", async () => {
    await using site = await startSite();
    const auth = new OAuth2ClientCredentials(site.client);
    await using client = new Client({ baseURL: site.url, auth });
    await client.get("/api");
    const shown = inspect(auth, { depth: 9, showHidden: true }) + JSON.stringify(auth);
    assertEquals([shown.includes("s3cret"), shown.includes("t1")], [false, false], shown);
  });
});
