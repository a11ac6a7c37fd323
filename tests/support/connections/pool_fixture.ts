/** A pool over a network in a test's hands. */
import { Deadline, type TimeoutLimits } from "../../../src/clock/deadline.ts";
import type { Connection } from "../../../src/wire/connection/connection.ts";
import { directRoute, type Route } from "../../../src/wire/dial/route.ts";
import { Pool, type PoolLimits } from "../../../src/wire/pool/pool.ts";
import { ManualTime } from "../manual_clock.ts";
import { type FakeConnection, FakeNetwork } from "./fake_connections.ts";

const NONE: TimeoutLimits = { pool: null, connect: null, write: null, read: null, total: null };
/** Two origins. */
export const A = routeTo("a");
export const B = routeTo("b");

/** The direct way to a host. */
function routeTo(host: string): Route {
  const origin = `http://${host}:80`;
  const target = {
    scheme: "http",
    host,
    port: 80,
    origin,
    authority: host,
    requestTarget: "/",
  };
  return directRoute(target);
}

/** The pool, its network and its time. */
export class PoolFixture {
  readonly time = new ManualTime();
  readonly network = new FakeNetwork();
  readonly pool: Pool;

  constructor(limits: Partial<PoolLimits> = {}, { isShared = false, tries = 1 } = {}) {
    this.network.isShared = isShared;
    this.pool = new Pool({
      mayShare: () => isShared,
      totalConnectMs: (limitMs) => limitMs * tries,
      clock: this.time.clock,
      open: this.network.open,
      limits: {
        maxConnections: 2,
        maxKeepaliveConnections: 2,
        keepaliveExpiryMs: Infinity,
        ...limits,
      },
    });
  }

  deadline(limits: Partial<TimeoutLimits> = {}, signal: AbortSignal | null = null): Deadline {
    const request = { method: "GET", url: "http://a/" };
    return new Deadline(this.time.clock, { limits: { ...NONE, ...limits }, signal, request });
  }

  acquire(route: Route, deadline = this.deadline()): Promise<FakeConnection> {
    return Promise.resolve(this.pool.acquire(route, deadline)) as Promise<Connection> as Promise<
      FakeConnection
    >;
  }

  acquireNew(route: Route, deadline = this.deadline()): Promise<FakeConnection> {
    return this.pool.acquireNew(route, deadline) as Promise<Connection> as Promise<FakeConnection>;
  }

  /** A call that has its connection. */
  async busy(route: Route): Promise<FakeConnection> {
    const acquired = this.acquire(route);
    this.network.openings[0]?.succeed();
    const connection = await acquired;
    this.pool.checkInvariants();
    return connection;
  }

  stats(): string {
    this.pool.checkInvariants();
    const { connecting, active, idle, waiting } = this.pool.stats;
    return `${connecting} connecting, ${active} active, ${idle} idle, ${waiting} waiting`;
  }
}
