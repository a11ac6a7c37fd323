/**
 * Attempts to connect that may serve other calls than the one that began them: the first call of an origin leads, those
 * that come while it connects follow, and all go onto what it makes. Over HTTP/2 many fit; a connection that no call asked
 * for yet (`preconnect()`) has room for one over HTTP/1.1 too.
 */
import type { Route } from "../dial/route.ts";
import type { Waiter } from "./waiter.ts";
import { WaiterQueue } from "./waiter_queue.ts";

/** The followers of one attempt. */
interface Attempt<Connection> {
  readonly followers: WaiterQueue<Connection>;
  readonly maxFollowers: number;
}

/** The followers of each attempt, by origin. */
export class SharedAttempts<Connection> {
  readonly #attempts = new Map<string, Attempt<Connection>>();

  /** How many calls follow. */
  get size(): number {
    let size = 0;
    for (const { followers } of this.#attempts.values()) size += followers.size;
    return size;
  }

  /** Every call that follows. */
  *[Symbol.iterator](): Generator<Waiter<Connection>> {
    for (const { followers } of this.#attempts.values()) yield* followers;
  }

  /** Begins an attempt for an origin; false if there is one. */
  lead({ key }: Route, maxFollowers = Infinity): boolean {
    if (this.#attempts.has(key)) return false;
    this.#attempts.set(key, { followers: new WaiterQueue(), maxFollowers });
    return true;
  }

  /** Adds a call to the attempt of its origin; false if there is none, or it has all the followers that it may have. */
  follow(waiter: Waiter<Connection>): boolean {
    const attempt = this.#attempts.get(waiter.route.key);
    if (attempt === undefined || attempt.followers.size >= attempt.maxFollowers) return false;
    attempt.followers.push(waiter);
    return true;
  }

  /** The call that has followed longest. */
  firstOf(key: string): Waiter<Connection> | null {
    return this.#attempts.get(key)?.followers.first ?? null;
  }

  /** Ends an attempt, and returns the calls that have followed it. */
  end({ key }: Route): Waiter<Connection>[] {
    const queue = this.#attempts.get(key)?.followers;
    if (queue === undefined) return [];
    this.#attempts.delete(key);
    const followers: Waiter<Connection>[] = [];
    for (let w = queue.shift(); w !== null; w = queue.shift()) followers.push(w);
    return followers;
  }
}
