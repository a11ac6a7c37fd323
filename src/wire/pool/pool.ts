/**
 * Who may use which connection, and when. The pool knows no socket: it is given `open`, and hands out
 * whatever that makes. A connection comes back by telling its owner, its entry here, that an exchange is
 * over or that it is gone itself; there is no other way out.
 *
 * First come, first served: while anyone waits there is no idle connection and no free slot, and
 * whatever comes free goes to whoever has waited longest, whatever the origin.
 *
 * A connection that carries many exchanges at once (HTTP/2) is shared by the calls to its origin, from the
 * first attempt on: who comes while one is being made waits for that one.
 */
import { type Alarm, type Clock, makeAlarm, TICK_MS } from "../../clock/clock.ts";
import type { Deadline } from "../../clock/deadline.ts";
import type { TraceListener } from "../../observe/trace.ts";
import { startInterval } from "../../runtime/timers.ts";
import type { Connection, ConnectionOwner } from "../connection/connection.ts";
import type { Open } from "../connection/open.ts";
import type { Route } from "../dial/route.ts";
import { type IdleEntry, IdleList } from "./idle_list.ts";
import { hasRoom, type SharedEntry, SharedList } from "./shared_list.ts";
import { Waiter } from "./waiter.ts";
import { WaiterQueue } from "./waiter_queue.ts";

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
  /** Whether a connection along the route may turn out to carry many exchanges. Default: never. */
  readonly mayShare?: (route: Route) => boolean;
  /** How long an attempt may take all in all, where the connect timeout is `limitMs`. Default: as long as that. */
  readonly patienceMs?: (limitMs: number) => number;
  /** Told of each connection that the pool closes. */
  readonly listener?: TraceListener | null;
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
  /** @internal Told of each connection that the pool closes. */
  readonly listener: TraceListener | null;
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #open: Open;
  readonly #mayShare: (route: Route) => boolean;
  readonly #patienceMs: ((limitMs: number) => number) | undefined;
  readonly #shared = new SharedList<Entry>();
  /** Who waits for an attempt that may serve them all, by origin. */
  readonly #followers = new Map<string, WaiterQueue<Connection>>();
  readonly #idle = new IdleList<Entry>();
  readonly #waiting = new WaiterQueue<Connection>();
  readonly #entries = new Set<Entry>();
  readonly #openings = new Map<AbortController, Promise<void>>();
  readonly #surplus: Alarm;
  #stopSweeping: (() => void) | null = null;
  #closedBecause: Error | null = null;

  constructor(init: PoolInit) {
    this.listener = init.listener ?? null;
    this.#limits = init.limits;
    this.#clock = init.clock;
    this.#open = init.open;
    this.#mayShare = init.mayShare ?? (() => false);
    this.#patienceMs = init.patienceMs;
    this.#clock.onQuiet = () => this.#letProgramEnd();
    this.#surplus = makeAlarm(() => this.#dropSurplus());
  }

  /**
   * A connection that is the caller's until it tells its owner otherwise: the newest idle one, at once,
   * else a new one, else the next that comes free.
   */
  acquire(route: Route, deadline: Deadline): Connection | Promise<Connection> {
    if (this.#closedBecause !== null) throw this.#closedBecause;
    return this.#take(route) ?? this.#await(route, { deadline, wantsNew: false });
  }

  /** A connection that has carried nothing yet, but for one that is shared. */
  acquireNew(route: Route, deadline: Deadline): Promise<Connection> {
    return this.#await(route, { deadline, wantsNew: true });
  }

  /** Closes every connection and refuses everyone who waits, with `reason`. */
  async close(reason: Error): Promise<void> {
    this.#closedBecause ??= reason;
    for (let w = this.#waiting.shift(); w !== null; w = this.#waiting.shift()) w.refuse(reason);
    for (const entry of [...this.#entries]) entry.close(reason);
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
    let waiting = this.#waiting.size;
    for (const { size } of this.#followers.values()) waiting += size;
    return { connecting, active: this.#entries.size - idle, idle, waiting };
  }

  /** What must hold between any two steps; throws where it does not. For tests. */
  checkInvariants(): void {
    const { connecting, active, idle } = this.stats;
    const waiting = this.#waiting.size;
    const { maxConnections, maxKeepaliveConnections } = this.#limits;
    const broken = active < 0 ||
      connecting + active + idle > maxConnections ||
      (idle > maxKeepaliveConnections && this.#surplus.slot < 0) ||
      (waiting > 0 && (idle > 0 || connecting + active < maxConnections)) ||
      [...this.#entries].some((entry) => this.#isLeftOut(entry));
    if (broken) throw new Error(`Impossible pool: ${JSON.stringify(this.stats)}`);
  }

  /** Whether a connection has room while somebody waits for its origin. */
  #isLeftOut(entry: Entry): boolean {
    const { key } = entry.route;
    const isWaitedFor = this.#waiting.firstOf(key) !== null ||
      (this.#followers.get(key)?.size ?? 0) > 0;
    return isWaitedFor && entry.exchanges > 0 && entry.connection.isShared && hasRoom(entry);
  }

  get #connections(): number {
    return this.#entries.size + this.#openings.size;
  }

  /** A connection that is there and has room. */
  #take(route: Route): Connection | null {
    const shared = this.#shared.isEmpty ? null : this.#shared.withRoom(route.key);
    if (shared !== null) return this.#use(shared);
    const entry = this.#idle.newestOf(route.key);
    if (entry === null) return null;
    this.#forgetIdle(entry);
    if (!this.#hasExpired(entry)) return this.#use(entry);
    entry.close();
    return null;
  }

  #dispatch(waiter: Waiter<Connection>): void {
    const { key } = waiter.route;
    const followers = this.#followers.get(key);
    if (followers !== undefined) return this.#follow(waiter, followers);
    const { maxConnections } = this.#limits;
    const choice = choose({
      connections: this.#connections,
      idle: this.#idle.size,
      maxConnections,
    });
    if (choice === "wait") {
      this.#waiting.push(waiter);
      return waiter.deadline.enter("pool", waiter);
    }
    if (choice === "evictAndOpen") this.#evictOldest();
    this.#openFor(waiter);
  }

  #follow(waiter: Waiter<Connection>, followers: WaiterQueue<Connection>): void {
    followers.push(waiter);
    waiter.deadline.enter("connect", waiter, this.#patienceMs);
  }

  #openFor(waiter: Waiter<Connection>): void {
    const { route, deadline } = waiter;
    const controller = new AbortController();
    const isLeader = this.#mayShare(route) && !this.#followers.has(route.key);
    if (isLeader) this.#followers.set(route.key, new WaiterQueue());
    const settled = this.#open(route, { deadline, controller }).then(
      (connection) => {
        this.#openings.delete(controller);
        const entry = this.#welcome(connection, waiter);
        // Who follows waits on until the server has said how many it takes: a guess would be refused, or cost a
        // connection more (RFC 9113 §3.4: its SETTINGS are the first that it sends).
        if (entry !== null && isLeader && !connection.knowsRoom) return void (entry.leads = true);
        this.#serveFollowers(this.#takeFollowers(route, isLeader));
        if (entry !== null) this.onRoom(entry);
      },
      (error) => {
        this.#openings.delete(controller);
        const followers = this.#takeFollowers(route, isLeader);
        waiter.refuse(error);
        // Who ended the attempt for reasons of its own ended it for itself alone: another takes the lead.
        if (controller.signal.aborted) this.#serveFollowers(followers);
        else for (const follower of followers) this.#openAlone(follower);
        this.#serve();
      },
    );
    this.#openings.set(controller, settled);
  }

  #takeFollowers(route: Route, isLeader: boolean): Waiter<Connection>[] {
    const queue = isLeader ? this.#followers.get(route.key) : undefined;
    if (queue === undefined) return [];
    this.#followers.delete(route.key);
    const followers: Waiter<Connection>[] = [];
    for (let w = queue.shift(); w !== null; w = queue.shift()) followers.push(w);
    return followers;
  }

  /** As many as fit go onto the new connection; the rest start over. */
  #serveFollowers(followers: readonly Waiter<Connection>[]): void {
    for (const follower of followers) {
      if (this.#closedBecause !== null) {
        follower.refuse(this.#closedBecause);
        continue;
      }
      const connection = this.#take(follower.route);
      if (connection === null) this.#dispatch(follower);
      else follower.grant(connection);
    }
  }

  /** The attempt that it waited for has failed. That is no verdict on its own, which it makes by itself. */
  #openAlone(waiter: Waiter<Connection>): void {
    if (this.#closedBecause !== null) waiter.refuse(this.#closedBecause);
    else if (this.#connections < this.#limits.maxConnections) this.#openFor(waiter);
    else this.#dispatch(waiter);
  }

  /** Takes a connection in and gives it to whom it was made for; `null` where the pool is closed. */
  #welcome(connection: Connection, waiter: Waiter<Connection>): Entry | null {
    if (this.#closedBecause !== null) {
      connection.close();
      waiter.refuse(this.#closedBecause);
      return null;
    }
    const entry = new Entry(this, connection, waiter.route);
    connection.owner = entry;
    this.#entries.add(entry);
    this.#use(entry);
    if (!waiter.grant(connection)) this.onReleased(entry);
    return entry;
  }

  #await(
    route: Route,
    { deadline, wantsNew }: { readonly deadline: Deadline; readonly wantsNew: boolean },
  ): Promise<Connection> {
    if (this.#closedBecause !== null) return Promise.reject(this.#closedBecause);
    return new Promise((resolve, reject) => {
      const granted = { resolve, reject };
      this.#dispatch(new Waiter<Connection>({ route, deadline, wantsNew, granted }));
    });
  }

  /** From now on it works, or works more. */
  #use(entry: Entry): Connection {
    if (entry.exchanges === 0 && entry.connection.isShared) this.#shared.add(entry);
    return entry.use();
  }

  /** @internal An exchange is over. */
  onReleased(entry: Entry): void {
    entry.exchanges--;
    if (entry.exchanges > 0) return this.onRoom(entry);
    if (entry.connection.isShared) this.#shared.remove(entry);
    const next = this.#waiting.first;
    if (next !== null && mayTake(next, entry)) {
      this.#waiting.remove(next);
      next.grant(this.#use(entry));
      this.onRoom(entry);
    } else if (next !== null || this.#limits.maxKeepaliveConnections === 0) {
      entry.close();
    } else {
      this.#keep(entry);
    }
    this.#endLead(entry);
  }

  /** Nobody waits for its settings any more. */
  #endLead(entry: Entry): void {
    if (!entry.leads) return;
    entry.leads = false;
    this.#serveFollowers(this.#takeFollowers(entry.route, true));
  }

  /** @internal A busy connection may have room for those who wait for its origin. */
  onRoom(entry: Entry): void {
    if (entry.connection.knowsRoom) this.#endLead(entry);
    const { key } = entry.route;
    while (entry.exchanges > 0 && entry.connection.isShared && hasRoom(entry)) {
      const next = this.#waiting.firstOf(key) ?? this.#followers.get(key)?.first ?? null;
      if (next === null) return;
      next.queue?.remove(next);
      next.grant(this.#use(entry));
    }
  }

  /** @internal A connection is gone, whatever it did. */
  onClosed(entry: Entry): void {
    if (entry.isIdle) this.#forgetIdle(entry);
    if (entry.connection.isShared) this.#shared.remove(entry);
    if (!this.#entries.delete(entry)) throw new Error("Impossible: a connection closed twice");
    this.#serve();
    this.#endLead(entry);
  }

  /** Free slots go to whoever has waited longest. */
  #serve(): void {
    while (this.#connections < this.#limits.maxConnections) {
      const waiter = this.#waiting.shift();
      if (waiter === null) return;
      const followers = this.#followers.get(waiter.route.key);
      if (followers === undefined) this.#openFor(waiter);
      else this.#follow(waiter, followers);
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
    if (this.#surplus.slot < 0) this.#clock.arm(this.#surplus, 0);
  }

  #dropSurplus(): void {
    this.#clock.remove(this.#surplus);
    const { maxKeepaliveConnections } = this.#limits;
    const before = this.#clock.now() - TICK_MS;
    for (
      let e = this.#idle.oldest;
      e !== null && e.idleSince <= before && this.#idle.size > maxKeepaliveConnections;
      e = this.#idle.oldest
    ) e.close();
    if (this.#idle.size > maxKeepaliveConnections) this.#noticeSurplus();
  }

  #evictOldest(): void {
    this.#idle.oldest?.close();
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

  /** Nothing is waited for any more: idle connections, and responses that nobody reads, do not hold the program. */
  #letProgramEnd(): void {
    for (const { isIdle, connection } of this.#entries) {
      if (isIdle || connection.isAtRest) connection.unref();
    }
  }

  /** One slow interval closes what nobody came back for; it runs only while something is idle. */
  #startSweep(): void {
    const { keepaliveExpiryMs } = this.#limits;
    if (this.#stopSweeping !== null || keepaliveExpiryMs === Infinity) return;
    this.#stopSweeping = startInterval(() => this.#sweep(), Math.max(keepaliveExpiryMs, 100));
  }

  #sweep(): void {
    for (let e = this.#idle.oldest; e !== null && this.#hasExpired(e); e = this.#idle.oldest) {
      e.close();
    }
    if (this.#idle.size === 0) this.#stopSweep();
  }

  #stopSweep(): void {
    this.#stopSweeping?.();
    this.#stopSweeping = null;
  }
}

/** Whether a connection that has just come free is what a waiter waits for. */
function mayTake({ route, wantsNew }: Waiter<Connection>, entry: Entry): boolean {
  if (route.key !== entry.route.key || !hasRoom(entry)) return false;
  return !wantsNew || entry.connection.isShared;
}

/** A request must arrive before the server's own time is up: a second earlier, or half of a short time. */
function withMargin(serverIdleMs: number): number {
  return Math.max(serverIdleMs - 1000, serverIdleMs / 2);
}

/** A connection in the pool: where it leads, and its places in the idle list. */
class Entry implements ConnectionOwner, IdleEntry, SharedEntry {
  readonly #pool: Pool;
  readonly connection: Connection;
  readonly route: Route;
  /** Whether others wait for what the server says of this connection. */
  leads = false;
  exchanges = 0;
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

  /** It carries one exchange more, and keeps the program alive. */
  use(): Connection {
    this.exchanges++;
    this.connection.ref();
    return this.connection;
  }

  /** The pool has no use for it any more. */
  close(reason?: Error): void {
    const { listener } = this.#pool;
    listener?.("connection.close.started", {});
    this.connection.close(reason);
    listener?.("connection.close.complete", { return_value: null });
  }

  onReleased(): void {
    this.#pool.onReleased(this);
  }

  onRoom(): void {
    this.#pool.onRoom(this);
  }

  onClosed(): void {
    this.#pool.onClosed(this);
  }
}
