/**
 * Requests of all kinds at once, whose callbacks return, wait or throw at random, over connections that break: each
 * request settles, its events are well formed, a callback that throws is heard, and nothing is held in the end.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, HTTPTransport, Timeout } from "@httpx/httpx";
import type { TraceEvent } from "../../src/observe/trace.ts";
import { authorities } from "../support/certificates.ts";
import { Followed } from "../support/connections/followed.ts";
import { startHTTP2, urlOf } from "../support/connections/known_servers.ts";
import { seeded } from "../support/random.ts";
import { type LocalServer, startLocalServer } from "../support/local_server.ts";

const CALLS = 150;

/** Answers, late, in part or not at all, as the path says. */
function startMoody(): Promise<LocalServer> {
  return startLocalServer(({ target }, response) => {
    const [, mood, ms] = target.split("/");
    setTimeout(() => {
      if (mood === "breaks") return response.destroy();
      if (mood === "redirects") return response.writeHead(302, { location: "/fine/0" }).end();
      response.write("some");
      if (mood === "stops") setTimeout(() => response.destroy(), 2);
      else response.end(" and all");
    }, Number(ms));
  });
}

const MOODS = ["fine", "fine", "fine", "redirects", "breaks", "stops"];

/** What is wrong with the events of one request, or `null`: each step that starts ends once, and nothing else does. */
function faultOf(events: readonly TraceEvent[]): string | null {
  const open = new Set<string>();
  for (const event of events) {
    const [, step = "", outcome = ""] = /^(.+)\.(\w+)$/.exec(event) ?? [];
    if (outcome === "started" ? open.has(step) : !open.has(step)) return `${event} of ${events}`;
    if (outcome === "started") open.add(step);
    else open.delete(step);
  }
  return open.size === 0 ? null : `${[...open]} never ended: ${events}`;
}

class Thrown extends Error {}

/** One request and how it ended. */
interface Call {
  readonly followed: Followed;
  readonly outcome: unknown;
  readonly hasThrown: boolean;
  /** Whether the callback is told everything at once. */
  readonly isPrompt: boolean;
}

async function call(
  client: Client,
  { url, random }: { readonly url: string; readonly random: (below: number) => number },
): Promise<Call> {
  let hasThrown = false;
  const temper = random(4);
  const isPrompt = temper !== 1;
  const followed = new Followed(() => {
    if (temper === 0 && random(12) === 0) {
      hasThrown = true;
      throw new Thrown("at once");
    }
    if (temper === 1) return pause(random, () => hasThrown = random(12) === 0);
  });
  const controller = new AbortController();
  const patience = random(8) === 0
    ? setTimeout(() => controller.abort(new Error("enough")), random(15))
    : undefined;
  const timeout = new Timeout(2000, { read: random(6) === 0 ? 10 : 2000, total: 5000 });
  const options = { timeout, signal: controller.signal, ...followed.options };
  try {
    const content = random(3) === 0 ? new Blob(["x".repeat(random(200_000))]) : null;
    const response = await client.stream(content === null ? "GET" : "PUT", url, {
      content,
      ...options,
    });
    await using _ = response;
    if (random(4) > 0) await response.read();
    return { followed, outcome: response.status, hasThrown, isPrompt };
  } catch (error) {
    return { followed, outcome: error, hasThrown, isPrompt };
  } finally {
    clearTimeout(patience);
  }
}

/** Pauses that go on when their request has been given up. */
const pauses = new Set<Promise<void>>();

async function pause(random: (below: number) => number, fails: () => boolean): Promise<void> {
  const rest = new Promise<void>((resolve) => setTimeout(resolve, random(3)));
  pauses.add(rest);
  await rest;
  pauses.delete(rest);
  if (fails()) throw new Thrown("late");
}

/** Requests, eight at a time, until there were enough of them. */
async function storm(
  client: Client,
  { urls, random }: { readonly urls: () => string; readonly random: (below: number) => number },
): Promise<Call[]> {
  const calls: Call[] = [];
  let left = CALLS;
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (left-- > 0) calls.push(await call(client, { url: urls(), random }));
  }));
  while (pauses.size > 0) await Promise.all(pauses);
  return calls;
}

function check(calls: readonly Call[], seed: number): void {
  assertEquals(calls.length, CALLS);
  for (const { followed, outcome, hasThrown, isPrompt } of calls) {
    const hasFailed = typeof outcome !== "number";
    assert(!hasThrown || hasFailed, `seed ${seed}: a throw was not heard`);
    // A callback that has thrown is told no more; one that is at work when its request is aborted, later.
    const isWhole = !hasThrown && (isPrompt || !hasFailed);
    if (isWhole) assertEquals(faultOf(followed.events), null, `seed ${seed}: ${outcome}`);
  }
}

describe("extensions.trace in a storm", () => {
  it("is well formed over HTTP/1.1, and nothing is held", async () => {
    for (const seed of [1, 2, 3]) {
      const random = seeded(seed);
      await using server = await startMoody();
      const transport = new HTTPTransport({ limits: { maxConnections: 5 } });
      await using client = new Client({ transport, followRedirects: true });
      const urls = () => `${server.url}/${MOODS[random(MOODS.length)]}/${random(5)}`;
      check(await storm(client, { urls, random }), seed);
      const { connecting, active, waiting } = transport.stats;
      assertEquals([connecting, active, waiting], [0, 0, 0], `seed ${seed}`);
    }
  });

  it("is well formed over HTTP/2, and no stream harms another", async () => {
    for (const seed of [1, 2, 3]) {
      const random = seeded(seed);
      await using server = await startHTTP2();
      const transport = new HTTPTransport({ http2: true, verify: authorities.ca });
      await using client = new Client({ transport });
      const calls = await storm(client, { urls: () => urlOf(server, "https"), random });
      check(calls, seed);
      assertEquals(transport.stats.active, 0, `seed ${seed}`);
    }
  });
});
