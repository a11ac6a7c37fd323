/**
 * Who may use which connection, and when. The pool knows no socket: it is given `open`, and hands out
 * whatever that makes. A connection comes back by telling its owner, its entry here, that it is idle or
 * gone; there is no other way out.
 *
 * First come, first served: while anyone waits there is no idle connection and no free slot, and
 * whatever comes free goes to whoever has waited longest, whatever the origin.
 */
import { type Alarm, type Clock, TICK_MS } from "../../clock/clock.ts";
import type { Deadline } from "../../clock/deadline.ts";
import { startInterval } from "../../runtime/timers.ts";
import type { Connection, ConnectionOwner } from "../connection/connection.ts";
import type { Open } from "../connection/open.ts";
import type { Route } from "../dial/route.ts";
import { type IdleEntry, IdleList } from "./idle_list.ts";
import { type Granted, Waiter, WaiterQueue } from "./waiter.ts";

/** How many connections there may be. `Infinity` is no limit. */
export interface PoolLimits {
  /** All connections: being made, in use and idle. */
  readonly maxConnections: number;
  /** Idle connections. */
  readonly maxKeepaliveConnections: number;
  /** How long a connection may be idle, in milliseconds. */
  readonly keepaliveExpiryMs: number;
}

/** What a pool is made of. */
export interface PoolInit {
  readonly limits: PoolLimits;
  readonly clock: Clock;
  readonly open: Open;
}

/** What to do for a call that found no idle connection of its own origin. */
export type Choice = "open" | "evictAndOpen" | "wait";

/** The pool's one decision, of what it counts alone. */
export function choose(known: {
  readonly connections: number;
  readonly idle: number;
  readonly maxConnections: number;
}): Choice {
  if (known.connections < known.maxConnections) return "open";
  return known.idle > 0 ? "evictAndOpen" : "wait";
}

/** Connections of one transport. */
export class Pool {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #open: Open;
  readonly #idle = new IdleList<Entry>();
  readonly #waiting = new WaiterQueue<Connection>();
  readonly #entries = new Set<Entry>();
  readonly #openings = new Map<AbortController, Promise<void>>();
  readonly #surplus: Alarm;
  #stopSweeping: (() => void) | null = null;
  #closedBecause: Error | null = null;

  constructor(init: PoolInit) {
    this.#limits = init.limits;
    this.#clock = init.clock;
    this.#open = init.open;
    this.#clock.onQuiet = () => this.#letProgramEnd();
    this.#surplus = { expiresAt: 0, slot: -1, expire: () => this.#dropSurplus() };
  }

  /**
   * A connection that is the caller's until it tells its owner otherwise: the newest idle one, at once,
   * else a new one, else the next that comes free.
   */
  acquire(route: Route, deadline: Deadline): Connection | Promise<Connection> {
    if (this.#closedBecause !== null) throw this.#closedBecause;
    const entry = this.#idle.newestOf(route.key);
    if (entry !== null) {
      this.#forgetIdle(entry);
      if (!this.#hasExpired(entry)) return entry.use();
      entry.connection.close();
    }
    return this.acquireNew(route, deadline);
  }

  /** A connection that has carried nothing yet, unless the caller must wait for one to come free. */
  acquireNew(route: Route, deadline: Deadline): Promise<Connection> {
    if (this.#closedBecause !== null) return Promise.reject(this.#closedBecause);
    return new Promise((resolve, reject) => this.#queue(route, deadline, { resolve, reject }));
  }

  /** Closes every connection and refuses everyone who waits, with `reason`. */
  async close(reason: Error): Promise<void> {
    this.#closedBecause ??= reason;
    for (let w = this.#waiting.shift(); w !== null; w = this.#waiting.shift()) w.refuse(reason);
    for (const entry of [...this.#entries]) entry.connection.close(reason);
    const openings = [...this.#openings];
    for (const [controller] of openings) controller.abort(reason);
    await Promise.all(openings.map(([, settled]) => settled));
    this.#stopSweep();
    this.#clock.remove(this.#surplus);
    this.#clock.stop();
  }

  /** How many connections and waiters there are. */
  get stats(): { connecting: number; active: number; idle: number; waiting: number } {
    const connecting = this.#openings.size;
    const idle = this.#idle.size;
    const waiting = this.#waiting.size;
    return { connecting, active: this.#entries.size - idle, idle, waiting };
  }

  /** What must hold between any two steps; throws where it does not. For tests. */
  checkInvariants(): void {
    const { connecting, active, idle, waiting } = this.stats;
    const { maxConnections, maxKeepaliveConnections } = this.#limits;
    const broken = active < 0 ||
      connecting + active + idle > maxConnections ||
      (idle > maxKeepaliveConnections && this.#surplus.slot < 0) ||
      (waiting > 0 && (idle > 0 || connecting + active < maxConnections));
    if (broken) throw new Error(`Impossible pool: ${JSON.stringify(this.stats)}`);
  }

  get #connections(): number {
    return this.#entries.size + this.#openings.size;
  }

  #queue(route: Route, deadline: Deadline, granted: Granted<Connection>): void {
    const onGone = (waiter: Waiter<Connection>) => this.#waiting.remove(waiter);
    const waiter = new Waiter<Connection>({ route, deadline, granted, onGone });
    const { maxConnections } = this.#limits;
    const choice = choose({
      connections: this.#connections,
      idle: this.#idle.size,
      maxConnections,
    });
    if (choice === "wait") {
      this.#waiting.push(waiter);
      return deadline.enter("pool", waiter);
    }
    if (choice === "evictAndOpen") this.#evictOldest();
    this.#openFor(waiter);
  }

  #openFor(waiter: Waiter<Connection>): void {
    const { route, deadline } = waiter;
    const controller = new AbortController();
    const settled = this.#open(route, { deadline, controller }).then(
      (connection) => {
        this.#openings.delete(controller);
        this.#welcome(connection, waiter);
      },
      (error) => {
        this.#openings.delete(controller);
        waiter.refuse(error);
        this.#serve();
      },
    );
    this.#openings.set(controller, settled);
  }

  #welcome(connection: Connection, waiter: Waiter<Connection>): void {
    if (this.#closedBecause !== null) {
      connection.close();
      waiter.refuse(this.#closedBecause);
      return;
    }
    const entry = new Entry(this, connection, waiter.route);
    connection.owner = entry;
    this.#entries.add(entry);
    if (!waiter.grant(connection)) this.onIdle(entry);
  }

  /** @internal A connection has done its work. */
  onIdle(entry: Entry): void {
    const next = this.#waiting.first;
    if (next !== null && next.route.key === entry.route.key) {
      this.#waiting.remove(next);
      next.grant(entry.connection);
    } else if (next !== null || this.#limits.maxKeepaliveConnections === 0) {
      entry.connection.close();
    } else {
      this.#keep(entry);
    }
  }

  /** @internal A connection is gone, whatever it did. */
  onClosed(entry: Entry): void {
    if (entry.isIdle) this.#forgetIdle(entry);
    if (!this.#entries.delete(entry)) throw new Error("Impossible: a connection closed twice");
    this.#serve();
  }

  /** Free slots go to whoever has waited longest. */
  #serve(): void {
    while (this.#connections < this.#limits.maxConnections) {
      const waiter = this.#waiting.shift();
      if (waiter === null) return;
      this.#openFor(waiter);
    }
  }

  #keep(entry: Entry): void {
    entry.idleSince = this.#clock.now();
    entry.isIdle = true;
    this.#idle.add(entry);
    this.#clock.wake();
    this.#startSweep();
    if (this.#idle.size > this.#limits.maxKeepaliveConnections) this.#noticeSurplus();
  }

  /**
   * Many responses can end in one turn of the event loop, each a moment before the next request of its
   * caller: only what is still idle a tick later is more than may be kept (bench: get_1k, c = 64).
   */
  #noticeSurplus(): void {
    if (this.#surplus.slot >= 0) return;
    this.#clock.add(this.#surplus);
    this.#surplus.expiresAt = this.#clock.after(0);
  }

  #dropSurplus(): void {
    this.#clock.remove(this.#surplus);
    const { maxKeepaliveConnections } = this.#limits;
    const before = this.#clock.now() - TICK_MS;
    for (
      let e = this.#idle.oldest;
      e !== null && e.idleSince <= before && this.#idle.size > maxKeepaliveConnections;
      e = this.#idle.oldest
    ) e.connection.close();
    if (this.#idle.size > maxKeepaliveConnections) this.#noticeSurplus();
  }

  #evictOldest(): void {
    this.#idle.oldest?.connection.close();
  }

  #forgetIdle(entry: Entry): void {
    entry.isIdle = false;
    this.#idle.remove(entry);
  }

  #hasExpired(entry: Entry): boolean {
    const { serverIdleMs } = entry.connection;
    const limitMs = Math.min(this.#limits.keepaliveExpiryMs, withMargin(serverIdleMs));
    return this.#clock.now() - entry.idleSince > limitMs;
  }

  /** Nothing is under way any more: idle connections alone do not hold the program. */
  #letProgramEnd(): void {
    for (let e = this.#idle.oldest; e !== null; e = e.newerOfAll as Entry | null) e.unref();
  }

  /** One slow interval closes what nobody came back for; it runs only while something is idle. */
  #startSweep(): void {
    const { keepaliveExpiryMs } = this.#limits;
    if (this.#stopSweeping !== null || keepaliveExpiryMs === Infinity) return;
    this.#stopSweeping = startInterval(() => this.#sweep(), Math.max(keepaliveExpiryMs, 100));
  }

  #sweep(): void {
    for (let e = this.#idle.oldest; e !== null && this.#hasExpired(e); e = this.#idle.oldest) {
      e.connection.close();
    }
    if (this.#idle.size === 0) this.#stopSweep();
  }

  #stopSweep(): void {
    this.#stopSweeping?.();
    this.#stopSweeping = null;
  }
}

/** A request must arrive before the server's own time is up: a second earlier, or half of a short time. */
function withMargin(serverIdleMs: number): number {
  return Math.max(serverIdleMs - 1000, serverIdleMs / 2);
}

/** A connection in the pool: where it leads, and its places in the idle list. */
class Entry implements ConnectionOwner, IdleEntry {
  readonly #pool: Pool;
  readonly connection: Connection;
  readonly route: Route;
  #isUnref = false;
  isIdle = false;
  idleSince = 0;
  olderOfAll: IdleEntry | null = null;
  newerOfAll: IdleEntry | null = null;
  olderHere: IdleEntry | null = null;
  newerHere: IdleEntry | null = null;

  constructor(pool: Pool, connection: Connection, route: Route) {
    this.#pool = pool;
    this.connection = connection;
    this.route = route;
  }

  /** From now on it works, and keeps the program alive. */
  use(): Connection {
    if (this.#isUnref) {
      this.#isUnref = false;
      this.connection.ref();
    }
    return this.connection;
  }

  unref(): void {
    if (this.#isUnref) return;
    this.#isUnref = true;
    this.connection.unref();
  }

  onIdle(): void {
    this.#pool.onIdle(this);
  }

  onClosed(): void {
    this.#pool.onClosed(this);
  }
}
