/**
 * Every place where a caller gives milliseconds or a count × numbers that no timer or list takes: refused by name, or no
 * limit; never a limit that ends at once.
 */
import {
  Client,
  FetchClient,
  HTTPTransport,
  OAuth2ClientCredentials,
  Response,
  Timeout,
} from "@httpx/httpx";
import { retry } from "@httpx/httpx/retry";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { listen } from "../../support/loopback.ts";

type Give = (value: number) => unknown;

const token = { tokenURL: "https://a.test/", clientId: "a", clientSecret: "b" };

const PLACES: Readonly<Record<string, Give>> = {
  "timeout": (timeout) => new Client({ timeout }),
  "timeout.total": (total) => new Client({ timeout: new Timeout(5000, { total }) }),
  "timeout.connect": (connect) => new Timeout(5000, { connect }),
  "timeout.read": (read) => new Timeout(5000, { read }),
  "timeout.write": (write) => new Timeout(5000, { write }),
  "timeout.pool": (pool) => new Timeout(5000, { pool }),
  "timeout of a request": (timeout) =>
    new Client().buildRequest("GET", "https://a.test/", { timeout }),
  "timeout of FetchClient": (timeout) => new FetchClient({ timeout }),
  "maxConnections": (maxConnections) => new Client({ limits: { maxConnections } }),
  "maxKeepaliveConnections": (maxKeepaliveConnections) =>
    new Client({ limits: { maxKeepaliveConnections } }),
  "keepaliveExpiry": (keepaliveExpiry) => new Client({ limits: { keepaliveExpiry } }),
  "maxRedirects": (maxRedirects) => new Client({ maxRedirects }),
  "maxResponseBytes": (maxResponseBytes) => new Client({ maxResponseBytes }),
  "maxHeaderBytes": (maxHeaderBytes) => new HTTPTransport({ maxHeaderBytes }),
  "retries": (retries) => new HTTPTransport({ retries }),
  "retry": (retry) => new Client({ retry }),
  "retry.limit": (limit) => retry({ limit }),
  "retry.backoff.baseMs": (baseMs) => retry({ backoff: { baseMs } }),
  "retry.maxRetryAfterMs": (maxRetryAfterMs) => retry({ maxRetryAfterMs }),
  "expiryMargin": (expiryMargin) => new OAuth2ClientCredentials({ ...token, expiryMargin }),
  "timeout of a token": (timeout) => new OAuth2ClientCredentials({ ...token, timeout }),
};

/** Counts: a fraction is not one. */
const COUNTS = [
  ...["maxConnections", "maxKeepaliveConnections", "maxRedirects", "maxResponseBytes"],
  ...["maxHeaderBytes", "retries", "retry", "retry.limit"],
];

describe("Numbers that are not a time or a count", () => {
  for (const [name, give] of Object.entries(PLACES)) {
    const bad = [NaN, -1, -Infinity, ...(COUNTS.includes(name) ? [1.5] : [])];
    for (const value of bad) {
      it(`${name} refuses ${value} by name`, () => {
        const error = assertThrows(() => give(value), Error);
        const [, option = ""] = /([a-zA-Z]+)(?: of .*)?$/.exec(name.split(".").at(-1) ?? "") ?? [];
        const isNamed = /connect|timeout|read|Timeout/.test(error.message) ||
          error.message.includes(option);
        assertEquals(
          [error instanceof TypeError || error instanceof RangeError, isNamed],
          [true, true],
          error.message,
        );
      });
    }
  }

  it("a negative zero is a zero", () => {
    const timeout = new Timeout(-0, { total: -0 });
    assertEquals(
      Object.values(timeout.toJSON()).map((ms) => Object.is(ms, 0)),
      Array(5).fill(true),
    );
    assertEquals(Object.is(new Client({ maxRedirects: -0 }).maxRedirects, 0), true);
  });

  for (const limits of [5, "5", [], true, null] as never[]) {
    it(`limits refuses ${JSON.stringify(limits)} by name`, () => {
      assertThrows(() => new Client({ limits }), TypeError, 'option "limits"');
      assertThrows(() => new HTTPTransport({ limits }), TypeError, 'option "limits"');
    });
  }

  for (const proxy of [{}, 5, [], true] as never[]) {
    it(`proxy refuses ${JSON.stringify(proxy)} by name`, () => {
      assertThrows(() => new Client({ proxy: proxy }), TypeError, "proxy");
      assertThrows(() => new HTTPTransport({ proxy: proxy }), TypeError, "proxy");
    });
  }
});

describe("Numbers beyond what a timer takes", () => {
  for (const ms of [2 ** 31 - 1, 2 ** 31, 2 ** 32, 1e15, Number.MAX_VALUE, Infinity]) {
    it(`${ms} ms end nothing at once, over sockets, fetch and with retries`, async () => {
      await using server = await listen(async (peer) => {
        for (let i = 0; i < 9; i++) {
          if (await peer.readSome() === null) return;
          await new Promise((resolve) => setTimeout(resolve, 50));
          await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        }
      });
      const timeout = new Timeout(ms, { total: ms });
      const limits = { keepaliveExpiry: ms };
      const url = `http://127.0.0.1:${server.port}/`;
      const clients = [
        new Client({ trustEnv: false, timeout, limits, retry: { backoff: { maxMs: ms } } }),
        new FetchClient({ timeout }),
      ];
      for (const client of clients) {
        for (let i = 0; i < 2; i++) assertEquals(await (await client.get(url)).text(), "hi");
        await client.close();
      }
      assertEquals(server.accepted <= 3, true); // the idle connection was kept
    });
  }
});

describe("Sizes of pieces", () => {
  for (const size of [NaN, 0, -1, -Infinity]) {
    it(`iterBytes(${size}) and its siblings refuse it`, async () => {
      for (const method of ["iterBytes", "iterText", "iterRaw"] as const) {
        const response = new Response(200, { content: "abc" });
        const pieces: AsyncIterator<unknown> = response[method](size);
        await assertRejects(() => pieces.next(), RangeError, "give 1 or more");
      }
    });
  }
});
