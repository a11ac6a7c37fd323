/**
 * The requests of one key: those under way, and those that wait, first come first served. Three things hold a request
 * back: the rate, the number of requests under way, and what the server has said of its own limits. Of time it knows what
 * it is notified; one timer wakes the first waiter.
 */
import type { CallDeadline, DeadlineTime } from "../../clock/call_deadline.ts";
import { TimeoutException } from "../../errors.ts";
import { type Linked, LinkedList } from "../../lists/linked_list.ts";
import type { Request } from "../../message/request.ts";
import { nameOfRequest } from "../../observe/mask.ts";
import { MAX_TIMER_MS } from "../../runtime/timers.ts";
import type { RateLimitRules } from "./options.ts";
import type { ServerLimit } from "./rate_fields.ts";
import { RateWindow, type Use } from "./rate_window.ts";

/** The longest pause that a server can ask for at once. */
export const MAX_PAUSE_MS = 3_600_000;

/** A request on its way. */
export interface Pass {
  /** Counts requests in the order of their start. */
  readonly number: number;
  readonly use: Use | null;
  isOver: boolean;
}

/** A request that waits. */
class Waiter implements Linked<Waiter> {
  previous: Waiter | null = null;
  next: Waiter | null = null;
  isListed = false;
  readonly request: Request;
  readonly deadline: CallDeadline;
  readonly pass: Promise<Pass>;
  settle: { resolve: (pass: Pass) => void; reject: (error: unknown) => void } = {
    resolve: () => {},
    reject: () => {},
  };

  constructor(request: Request, deadline: CallDeadline) {
    this.request = request;
    this.deadline = deadline;
    this.pass = new Promise((resolve, reject) => this.settle = { resolve, reject });
  }
}

/** The limits of one key, and who waits for them. */
export class Lane {
  readonly #rules: RateLimitRules;
  readonly #time: DeadlineTime;
  readonly #window: RateWindow | null;
  readonly #waiters = new LinkedList<Waiter>();
  #underWay = 0;
  #passCount = 0;
  /** What the server has left, until when, and by the response to which request. */
  #left = { requests: Infinity, untilMs: -Infinity, byNumber: 0 };
  #timer: { readonly atMs: number; readonly stop: () => void } | null = null;

  constructor(rules: RateLimitRules, time: DeadlineTime) {
    this.#rules = rules;
    this.#time = time;
    this.#window = rules.rate === null ? null : new RateWindow(rules.rate);
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Whether nothing is remembered here. */
  get isIdle(): boolean {
    const nowMs = this.#time.now();
    return this.#underWay === 0 && this.#waiters.size === 0 && this.#left.untilMs <= nowMs &&
      this.#window?.isIdle(nowMs) !== false;
  }

  /** A pass at once, if nothing holds the request back and no other waits; else `null`. */
  tryEnter(): Pass | null {
    return this.#waiters.size === 0 && this.#readyAt(this.#time.now()) <= this.#time.now()
      ? this.#start()
      : null;
  }

  /**
   * A pass, when the request's turn has come.
   *
   * @throws {TimeoutException} at once, if the wait does not fit into the call
   * @throws the signal's reason, or the call's timeout, if that ends the wait
   */
  async enter(request: Request, deadline: CallDeadline): Promise<Pass> {
    deadline.throwIfOver();
    const waitMs = this.#earliestWaitMs(this.#waiters.size);
    if (waitMs >= deadline.remainingMs()) throw this.#tooLate(request, deadline, waitMs);
    const waiter = new Waiter(request, deadline);
    this.#waiters.push(waiter);
    this.#advance();
    try {
      return await deadline.bound(() => waiter.pass);
    } catch (error) {
      if (waiter.isListed) this.#leave(waiter);
      else waiter.pass.then((pass) => this.leave(pass), () => {}); // it was let through as it gave up
      throw error;
    }
  }

  /** As `enter()` for callers that block: how long to wait before the next try, or the pass. */
  enterBlocking(request: Request, deadline: CallDeadline): Pass | { readonly waitMs: number } {
    deadline.throwIfOver();
    const nowMs = this.#time.now();
    const waitMs = this.#readyAt(nowMs) - nowMs;
    if (waitMs <= 0) return this.#start();
    if (waitMs === Infinity) {
      throw new TypeError(
        `Cannot send ${
          nameOfRequest(request)
        }: ${this.#underWay} requests are under way, as many as ` +
          "concurrency allows, and a blocking client can't wait for them; read or close their responses first",
      );
    }
    if (waitMs >= deadline.remainingMs()) throw this.#tooLate(request, deadline, waitMs);
    return { waitMs };
  }

  /** The server has received the request; `limit` is what its response says of the server's own limits. */
  answered(pass: Pass, limit: ServerLimit | null): void {
    const nowMs = this.#time.now();
    if (pass.use !== null) this.#window?.settle(pass.use, nowMs);
    if (limit !== null) this.#heed(limit, { pass, nowMs });
    this.#advance();
  }

  /** The request is over: its response was read or closed, or there was none. */
  leave(pass: Pass): void {
    if (pass.isOver) return;
    pass.isOver = true;
    if (pass.use !== null) this.#window?.settle(pass.use, this.#time.now());
    this.#underWay--;
    this.#advance();
  }

  #start(): Pass {
    const nowMs = this.#time.now();
    this.#underWay++;
    if (this.#left.untilMs > nowMs) this.#left.requests--;
    return { number: ++this.#passCount, use: this.#window?.take(nowMs) ?? null, isOver: false };
  }

  /** When the next request may start; `Infinity` if that depends on those under way. */
  #readyAt(nowMs: number): number {
    if (this.#underWay >= this.#rules.concurrency) return Infinity;
    const { requests, untilMs } = this.#left;
    const byServerMs = requests <= 0 && untilMs > nowMs ? untilMs : nowMs;
    return Math.max(byServerMs, this.#window?.nextAt(nowMs) ?? nowMs);
  }

  /** How long a request waits at least that comes after so many others. */
  #earliestWaitMs(ahead: number): number {
    const nowMs = this.#time.now();
    const { requests, untilMs } = this.#left;
    const byServerMs = requests <= 0 && untilMs > nowMs ? untilMs : nowMs;
    return Math.max(byServerMs, this.#window?.earliestAfter(ahead, nowMs) ?? nowMs) - nowMs;
  }

  /**
   * A later request's response counts more than an earlier one's. Of what it says is left, those under way may use up as
   * many: whether the server has counted them already is not known.
   */
  #heed(
    limit: ServerLimit,
    { pass, nowMs }: { readonly pass: Pass; readonly nowMs: number },
  ): void {
    const { requests, untilMs, byNumber } = this.#left;
    const isActive = untilMs > nowMs;
    const others = this.#underWay - 1;
    const left = Math.max(0, limit.remaining - others);
    const isNews = !isActive || pass.number > byNumber;
    const resetMs = Math.min(limit.resetMs, MAX_PAUSE_MS);
    this.#left = {
      requests: isNews ? left : Math.min(requests, left),
      // A pause that was asked for is not cut short by a response with another limit.
      untilMs: isActive && requests <= 0 ? Math.max(untilMs, nowMs + resetMs) : nowMs + resetMs,
      byNumber: Math.max(byNumber, pass.number),
    };
    if (isActive && requests <= 0) this.#left.requests = Math.min(0, this.#left.requests);
    // Who waits has been compared with the pause so far: only a longer one makes others late.
    if (this.#left.requests <= 0 && this.#left.untilMs > untilMs) this.#refuseTheLate();
  }

  /** Those who have less time than the server's pause takes give up at once. */
  #refuseTheLate(): void {
    const waitMs = this.#left.untilMs - this.#time.now();
    for (let waiter = this.#waiters.first; waiter !== null;) {
      const { next, request, deadline } = waiter;
      if (waitMs >= deadline.remainingMs()) {
        this.#waiters.remove(waiter);
        waiter.settle.reject(this.#tooLate(request, deadline, waitMs));
      }
      waiter = next;
    }
  }

  #leave(waiter: Waiter): void {
    this.#waiters.remove(waiter);
    this.#advance();
  }

  /** Lets through the requests that may go, and sets the timer for the next. */
  #advance(): void {
    for (let { first } = this.#waiters; first !== null; first = this.#waiters.first) {
      const nowMs = this.#time.now();
      const readyAtMs = this.#readyAt(nowMs);
      if (readyAtMs > nowMs) {
        return this.#wakeAt(readyAtMs);
      }
      this.#waiters.remove(first);
      first.settle.resolve(this.#start());
    }
    this.#wakeAt(Infinity);
  }

  /** A timer for this moment alone; none for `Infinity`. One that rings too early is set again. */
  #wakeAt(atMs: number): void {
    if (this.#timer?.atMs === atMs) return;
    this.#timer?.stop();
    this.#timer = null;
    if (atMs === Infinity) return;
    const ring = () => {
      this.#timer = null;
      this.#advance();
    };
    const ms = Math.min(Math.ceil(atMs - this.#time.now()), MAX_TIMER_MS);
    this.#timer = { atMs, stop: this.#time.startTimer(ring, ms) };
  }

  #tooLate(request: Request, deadline: CallDeadline, waitMs: number): TimeoutException {
    const leftMs = Math.floor(deadline.remainingMs());
    return new TimeoutException(
      `Cannot send ${nameOfRequest(request)}: the rate limit allows it in ${
        Math.ceil(waitMs)
      } ms, and ` +
        `${leftMs} ms of ${deadline.totalMs} ms are left (timeout.total)`,
      { request, phase: "pool", requestSent: "no", safeToRetry: true },
    );
  }
}
