/**
 * Which call may use which connection, and when. The pool knows no socket: it is given `open`, and hands out
 * what that makes. A connection comes back by reporting to its owner, its entry here, that an exchange is
 * over or that it is closed; there is no other way out.
 *
 * First come, first served: while a call waits there is no idle connection and no free slot, and what comes
 * free goes to the call that has waited longest, whatever its origin.
 *
 * A connection that carries many exchanges at once (HTTP/2) is shared by the calls to its origin, from the
 * first attempt on: a call that comes while one is being made waits for that one.
 */
import type { Clock } from "../../clock/clock.ts";
import type { Deadline } from "../../clock/deadline.ts";
import type { TraceListener } from "../../observe/trace.ts";
import type { TransportUsage } from "../../observe/usage.ts";
import type { Connection } from "../connection/connection.ts";
import type { Open } from "../connection/open.ts";
import type { Route } from "../dial/route.ts";
import {
  choose,
  describeHolders,
  type Holder,
  holdersOf,
  mayTake,
  type PoolLimits,
} from "./admission.ts";
import { Entry, type EntryOwner } from "./entry.ts";
import { GrowingLimit, type GrowingLimitInit } from "./growing_limit.ts";
import { IdleConnections } from "./idle_connections.ts";
import { SharedAttempts } from "./shared_attempts.ts";
import { hasRoom, SharedList } from "./shared_list.ts";
import { type QueueFacts, Waiter } from "./waiter.ts";
import { usageByOrigin } from "./usage.ts";
import { WaiterQueue } from "./waiter_queue.ts";

export type { PoolLimits };

/** What a pool is made of. */
export interface PoolInit {
  readonly limits: PoolLimits;
  readonly clock: Clock;
  readonly open: Open;
  /** Whether a connection along the route may turn out to carry many exchanges. Default: never. */
  readonly mayShare?: (route: Route) => boolean;
  /** How long an attempt may take with all its retries, if the connect timeout is `limitMs`. Default: `limitMs`. */
  readonly totalConnectMs?: (limitMs: number) => number;
  /** Receives each connection that the pool closes. */
  readonly listener?: TraceListener | null;
}

/** An attempt to connect. */
interface Opening {
  readonly route: Route;
  readonly settled: Promise<void>;
}

/** Connections of one transport. */
export class Pool implements EntryOwner, QueueFacts {
  /** @internal */
  readonly listener: TraceListener | null;
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #open: Open;
  readonly #mayShare: (route: Route) => boolean;
  readonly #totalConnectMs: ((limitMs: number) => number) | undefined;
  readonly #shared = new SharedList<Entry>();
  readonly #attempts = new SharedAttempts<Connection>();
  readonly #idle: IdleConnections;
  readonly #waiting = new WaiterQueue<Connection>();
  /** For calls that may exceed `maxConnections`; `null` if none may. */
  readonly #growing: GrowingLimit<Waiter<Connection>> | null;
  readonly #entries = new Set<Entry>();
  readonly #openings = new Map<AbortController, Opening>();
  /** Of connections that are closed. */
  #sentBytes = 0;
  #receivedBytes = 0;
  /** When a connection, or its slot, last came free to a call that waited. */
  #movedAt = -Infinity;
  /** Whether a connection has come to rest since the last tick. */
  #mayUnref = false;
  #closedBecause: Error | null = null;

  constructor(init: PoolInit) {
    this.listener = init.listener ?? null;
    this.#limits = init.limits;
    this.#clock = init.clock;
    this.#open = init.open;
    this.#mayShare = init.mayShare ?? (() => false);
    this.#totalConnectMs = init.totalConnectMs;
    this.#idle = new IdleConnections(init.limits, init.clock);
    this.#growing = makeGrowing(init.limits.isDefault, {
      clock: init.clock,
      maxConnections: init.limits.maxConnections,
      standstillMs: () => this.standstillMs,
      onGrown: () => this.#serve(),
    });
    this.#clock.onTick = () => this.#letProcessEnd();
  }

  /**
   * A connection that is the caller's until it reports otherwise to its owner: the newest idle one, at once,
   * else a new one, else the next that comes free.
   */
  acquire(route: Route, deadline: Deadline): Connection | Promise<Connection> {
    if (this.#closedBecause !== null) throw this.#closedBecause;
    return this.#take(route) ?? this.#await(route, { deadline, wantsNew: false });
  }

  /** A connection that has carried nothing yet, unless it is shared. */
  acquireNew(route: Route, deadline: Deadline): Promise<Connection> {
    return this.#await(route, { deadline, wantsNew: true });
  }

  /**
   * Opens a connection for a call to come, unless one is idle or being made, or there is no room for another. A failure
   * is not reported: the call will meet it.
   */
  preconnect(route: Route, deadline: Deadline): void {
    const isNeeded = this.#closedBecause === null && !this.#idle.has(route.key) &&
      this.#shared.withRoom(route.key) === null &&
      this.#connections < this.#limits.maxConnections;
    // Over HTTP/1.1 the first call that comes meanwhile waits for it; others would wait for longer than they need.
    const maxFollowers = this.#mayShare(route) ? Infinity : 1;
    if (!isNeeded || !this.#attempts.lead(route, maxFollowers)) return;
    const granted = {
      resolve(connection: Connection) {
        deadline.finish();
        connection.owner?.onReleased(connection);
      },
      reject() {}, // the failure of a hint
    };
    const init = { route, deadline, wantsNew: true, granted, facts: this };
    this.#openFor(new Waiter<Connection>(init), true);
  }

  /** Closes every connection and refuses every waiting call, with `reason`. */
  async close(reason: Error): Promise<void> {
    this.#closedBecause ??= reason;
    for (let w = this.#waiting.shift(); w !== null; w = this.#waiting.shift()) w.refuse(reason);
    for (const entry of [...this.#entries]) entry.close(reason);
    const openings = [...this.#openings];
    for (const [controller] of openings) controller.abort(reason);
    await Promise.all(openings.map(([, { settled }]) => settled));
    this.#idle.stop();
    this.#growing?.stop();
    this.#clock.stop();
  }

  /** How many connections and waiting calls there are. */
  get stats(): { connecting: number; active: number; idle: number; waiting: number } {
    const connecting = this.#openings.size;
    const idle = this.#idle.size;
    const waiting = this.#waiting.size + this.#attempts.size;
    return { connecting, active: this.#entries.size - idle, idle, waiting };
  }

  /** The same by origin, with streams and bytes. */
  usage(): TransportUsage {
    const origins = usageByOrigin({
      entries: this.#entries,
      openings: [...this.#openings.values()].map(({ route }) => route),
      waiting: [...this.#waiting, ...this.#attempts].map(({ route }) => route),
      nowMs: this.#clock.exactNow(),
    });
    let [streams, bytesSent, bytesReceived] = [0, this.#sentBytes, this.#receivedBytes];
    for (const { exchanges, connection } of this.#entries) {
      streams += exchanges;
      bytesSent += connection.totalSentBytes;
      bytesReceived += connection.totalReceivedBytes;
    }
    return { ...this.stats, streams, bytesSent, bytesReceived, origins };
  }

  /** Which origins hold connections, and for how long. */
  get holders(): Holder[] {
    return holdersOf(this.#entries, this.#clock.exactNow());
  }

  /** What must hold between any two steps; throws if it does not. For tests. */
  checkInvariants(): void {
    const { connecting, active, idle } = this.stats;
    const waiting = this.#waiting.size;
    const { maxConnections } = this.#limits;
    const connections = connecting + active + idle;
    const grownTo = this.#growing?.maxConnections(connections) ?? maxConnections;
    const broken = active < 0 ||
      connections > grownTo ||
      (this.#growing?.first != null && connections < grownTo) ||
      this.#idle.isOverfull ||
      (waiting > 0 && (idle > 0 || connecting + active < maxConnections)) ||
      [...this.#entries].some((entry) => this.#isLeftOut(entry));
    if (broken) throw new Error(`Impossible pool: ${JSON.stringify(this.stats)}`);
  }

  // QueueFacts

  /** @internal */
  get standstillMs(): number {
    return this.#clock.exactNow() - this.#movedAt;
  }

  /** @internal */
  describeHolders(): string {
    const { maxConnections } = this.#limits;
    return describeHolders(this.holders, { connecting: this.#openings.size, maxConnections });
  }

  // EntryOwner

  /** @internal */
  onReleased(entry: Entry): void {
    entry.exchanges--;
    if (entry.exchanges > 0) return this.onRoom(entry);
    if (entry.connection.isShared) this.#shared.remove(entry);
    const next = this.#waiting.first;
    if (!this.#idle.keepsAny && (next === null || this.#limits.keepaliveExpiryMs === 0)) {
      entry.close(); // a limit of 0 ms allows no second request, however soon
    } else if (next !== null && mayTake(next, entry)) {
      this.#waiting.remove(next);
      this.#grant(next, entry);
      this.onRoom(entry);
    } else if (next !== null) {
      entry.close();
    } else {
      this.#idle.keep(entry);
      this.onRest();
    }
    this.#endLead(entry);
  }

  /** @internal At the next tick: most connections are used again before it, and calls to the runtime are saved. */
  onRest(): void {
    this.#mayUnref = true;
    this.#clock.wake();
  }

  /** @internal */
  onRoom(entry: Entry): void {
    if (entry.connection.knowsRoom) this.#endLead(entry);
    const { key } = entry.route;
    while (entry.exchanges > 0 && entry.connection.isShared && hasRoom(entry)) {
      const next = this.#waiting.firstOf(key) ?? this.#attempts.firstOf(key);
      if (next === null) return;
      next.queue?.remove(next);
      this.#grant(next, entry);
    }
  }

  /** @internal */
  onClosed(entry: Entry): void {
    if (entry.isIdle) this.#idle.forget(entry);
    if (entry.connection.isShared) this.#shared.remove(entry);
    if (!this.#entries.delete(entry)) throw new Error("Impossible: a connection closed twice");
    this.#sentBytes += entry.connection.totalSentBytes;
    this.#receivedBytes += entry.connection.totalReceivedBytes;
    this.#serve();
    this.#endLead(entry);
  }

  get #connections(): number {
    return this.#entries.size + this.#openings.size;
  }

  /** Whether a connection has room while a call waits for its origin. */
  #isLeftOut(entry: Entry): boolean {
    const { key } = entry.route;
    const isWaitedFor = this.#waiting.firstOf(key) !== null || this.#attempts.firstOf(key) !== null;
    return isWaitedFor && entry.exchanges > 0 && entry.connection.isShared && hasRoom(entry);
  }

  /** A connection that is there and has room. */
  #take(route: Route): Connection | null {
    const shared = this.#shared.isEmpty ? null : this.#shared.withRoom(route.key);
    const entry = shared ?? this.#idle.take(route.key);
    return entry === null ? null : this.#use(entry);
  }

  #await(
    route: Route,
    { deadline, wantsNew }: { readonly deadline: Deadline; readonly wantsNew: boolean },
  ): Promise<Connection> {
    if (this.#closedBecause !== null) return Promise.reject(this.#closedBecause);
    deadline.queuedAtMs = performance.now();
    return new Promise((resolve, reject) => {
      const granted = { resolve, reject };
      const init = { route, deadline, wantsNew, granted, facts: this };
      this.#dispatch(new Waiter<Connection>(init));
    });
  }

  #dispatch(waiter: Waiter<Connection>): void {
    if (this.#follow(waiter)) return;
    const growing = waiter.deadline.mayExceedLimits ? this.#growing : null;
    const connections = this.#connections;
    const maxConnections = growing?.maxConnections(connections) ?? this.#limits.maxConnections;
    const choice = choose({ connections, idle: this.#idle.size, maxConnections });
    if (choice === "wait") {
      this.#waiting.push(waiter);
      growing?.await(waiter);
      return waiter.deadline.enter("pool", waiter);
    }
    if (choice === "evictAndOpen") this.#idle.evictOldest();
    this.#openFor(waiter);
  }

  #follow(waiter: Waiter<Connection>): boolean {
    const follows = this.#attempts.follow(waiter);
    if (follows) waiter.deadline.enter("connect", waiter, this.#totalConnectMs);
    return follows;
  }

  #openFor(waiter: Waiter<Connection>, leads = false): void {
    const { route, deadline } = waiter;
    const controller = new AbortController();
    const isLeader = leads || this.#mayShare(route) && this.#attempts.lead(route);
    const settled = this.#open(route, { deadline, controller }).then(
      (connection) => {
        this.#openings.delete(controller);
        this.#onOpened(connection, { waiter, isLeader });
      },
      (error) => {
        this.#openings.delete(controller);
        const followers = isLeader ? this.#attempts.end(route) : [];
        waiter.refuse(error);
        // A caller that ended the attempt for reasons of its own ended it for itself alone: another leads.
        if (controller.signal.aborted) this.#serveFollowers(followers);
        else for (const follower of followers) this.#openAlone(follower);
        this.#serve();
      },
    );
    this.#openings.set(controller, { route, settled });
  }

  #onOpened(
    connection: Connection,
    { waiter, isLeader }: { readonly waiter: Waiter<Connection>; readonly isLeader: boolean },
  ): void {
    const entry = this.#admit(connection, waiter);
    // Followers wait until the server has said how many streams it takes: a guess would be refused, or cost a
    // connection more (RFC 9113 §3.4: its SETTINGS are the first that it sends).
    if (entry !== null && isLeader && !connection.knowsRoom) return void (entry.leads = true);
    if (isLeader) this.#serveFollowers(this.#attempts.end(waiter.route));
    if (entry !== null) this.onRoom(entry);
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

  /** The attempt that it followed has failed. That says nothing about its own, which it makes by itself. */
  #openAlone(waiter: Waiter<Connection>): void {
    if (this.#closedBecause !== null) waiter.refuse(this.#closedBecause);
    else if (this.#connections < this.#limits.maxConnections) this.#openFor(waiter);
    else this.#dispatch(waiter);
  }

  /** Takes in a connection and gives it to the call that it was made for; `null` if the pool is closed. */
  #admit(connection: Connection, waiter: Waiter<Connection>): Entry | null {
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

  /** From now on it carries one exchange more. */
  #use(entry: Entry): Connection {
    if (entry.exchanges === 0 && entry.connection.isShared) this.#shared.add(entry);
    return entry.use(this.#clock.now());
  }

  /** A connection has come free to a call that waited. */
  #grant(waiter: Waiter<Connection>, entry: Entry): void {
    this.#movedAt = this.#clock.exactNow();
    waiter.grant(this.#use(entry));
  }

  /** No call waits for its settings any more. */
  #endLead(entry: Entry): void {
    if (!entry.leads) return;
    entry.leads = false;
    this.#serveFollowers(this.#attempts.end(entry.route));
  }

  /** Free slots go to the calls that have waited longest. */
  #serve(): void {
    for (let waiter = this.#mayOpen(); waiter !== null; waiter = this.#mayOpen()) {
      this.#waiting.remove(waiter);
      this.#movedAt = this.#clock.exactNow();
      if (!this.#follow(waiter)) this.#openFor(waiter);
    }
  }

  /** The waiting call that a connection may be opened for. */
  #mayOpen(): Waiter<Connection> | null {
    const connections = this.#connections;
    if (connections < this.#limits.maxConnections) return this.#waiting.first;
    const waiter = this.#growing?.first ?? null;
    if (waiter === null || this.#growing === null) return null;
    return connections < this.#growing.maxConnections(connections) ? waiter : null;
  }

  /**
   * The one place that lets the process end: of all connections only those that an exchange waits on keep it alive, not
   * idle ones and not those with a response that the caller does not read.
   */
  #letProcessEnd(): void {
    if (!this.#mayUnref) return;
    this.#mayUnref = false;
    for (const { isIdle, connection } of this.#entries) {
      if (isIdle || connection.isAtRest) connection.unref();
    }
  }
}

function makeGrowing(
  isDefault: boolean | undefined,
  init: GrowingLimitInit,
): GrowingLimit<Waiter<Connection>> | null {
  return isDefault ? new GrowingLimit(init) : null;
}
