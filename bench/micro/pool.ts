/**
 * What one request costs in the pool, with 1, 100 and 10,000 calls waiting, and as many idle connections:
 *
 *     deno run -A bench/micro/pool.ts      bun bench/micro/pool.ts
 *
 * No sockets: connections that end when they are told to, so that only the pool's own work is measured.
 */
import { Clock } from "../../src/clock/clock.ts";
import { Deadline } from "../../src/clock/deadline.ts";
import type { Connection, ConnectionOwner } from "../../src/wire/connection/connection.ts";
import { directRoute, type Route } from "../../src/wire/dial/route.ts";
import { Pool } from "../../src/wire/pool/pool.ts";

const ROUNDS = 7;
const STEPS = 20_000;
const LIMITS = { pool: 60_000, connect: 60_000, write: null, read: null, total: null };
const REQUEST = { method: "GET", url: "http://example.org/" };

class Idler implements Connection {
  owner: ConnectionOwner | null = null;
  readonly totalSentBytes = 0;
  readonly totalReceivedBytes = 0;
  readonly isShared = false;
  readonly knowsRoom = true;
  readonly isAtRest = false;
  readonly maxExchanges = 1;
  readonly serverIdleMs = Infinity;
  exchange(): never {
    throw new Error("An idler carries nothing");
  }
  close(): void {
    this.owner?.onClosed(this);
  }
  ref(): void {}
  unref(): void {}
}

/** Nanoseconds for one call through a pool of one connection that `waiting` others wait for. */
async function measureWaiting(waiting: number): Promise<number> {
  const clock = new Clock();
  const limits = { maxConnections: 1, maxKeepaliveConnections: 1, keepaliveExpiryMs: Infinity };
  const pool = new Pool({ clock, limits, open: () => Promise.resolve(new Idler()) });
  const call = () => Promise.resolve(pool.acquire(routeTo("a"), deadlineOn(clock)));
  let connection = await call();
  const queue = Array.from({ length: waiting }, call);
  const begun = performance.now();
  for (let i = 0; i < STEPS; i++) {
    queue.push(call());
    const next = queue[i];
    connection.owner?.onReleased(connection);
    if (next !== undefined) connection = await next;
  }
  const ns = (performance.now() - begun) / STEPS * 1e6;
  queue.forEach((call) => call.catch(() => {}));
  await pool.close(new Error("done"));
  return ns;
}

/** Nanoseconds for one call that finds a connection among `idle` others, each to an origin of its own. */
async function measureIdle(idle: number): Promise<number> {
  const clock = new Clock();
  const limits = {
    maxConnections: 20_000,
    maxKeepaliveConnections: 20_000,
    keepaliveExpiryMs: Infinity,
  };
  const pool = new Pool({ clock, limits, open: () => Promise.resolve(new Idler()) });
  const connections = await Promise.all(
    Array.from({ length: idle }, (_, i) => pool.acquire(routeTo(String(i)), deadlineOn(clock))),
  );
  for (const connection of connections) connection.owner?.onReleased(connection);
  const route = routeTo("0");
  const begun = performance.now();
  for (let i = 0; i < STEPS; i++) {
    const deadline = deadlineOn(clock);
    const connection = await pool.acquire(route, deadline);
    deadline.finish();
    connection.owner?.onReleased(connection);
  }
  const ns = (performance.now() - begun) / STEPS * 1e6;
  await pool.close(new Error("done"));
  return ns;
}

function deadlineOn(clock: Clock): Deadline {
  return new Deadline(clock, { limits: LIMITS, signal: null, request: REQUEST });
}

function routeTo(host: string): Route {
  const origin = `http://${host}:80`;
  const target = { scheme: "http", host, port: 80, origin, authority: host, requestTarget: "/" };
  return directRoute(target);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

for (const [what, measure] of [["waiting", measureWaiting], ["idle", measureIdle]] as const) {
  for (const count of [1, 100, 10_000]) {
    const rounds: number[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await measure(count));
    console.log(`${String(count).padStart(6)} ${what}: ${Math.round(median(rounds))} ns a call`);
  }
}
