/**
 * Attempts to connect that may serve several calls (HTTP/2): the first call of an origin leads, those that come while
 * it connects follow, and all go onto what it makes.
 */
import type { Route } from "../dial/route.ts";
import type { Waiter } from "./waiter.ts";
import { WaiterQueue } from "./waiter_queue.ts";

/** The followers of each attempt, by origin. */
export class SharedAttempts<Connection> {
  readonly #followers = new Map<string, WaiterQueue<Connection>>();

  /** How many calls follow. */
  get size(): number {
    let size = 0;
    for (const followers of this.#followers.values()) size += followers.size;
    return size;
  }

  /** Begins an attempt for an origin; false if there is one. */
  lead({ key }: Route): boolean {
    if (this.#followers.has(key)) return false;
    this.#followers.set(key, new WaiterQueue());
    return true;
  }

  /** Adds a call to the attempt of its origin; false if there is none. */
  follow(waiter: Waiter<Connection>): boolean {
    const followers = this.#followers.get(waiter.route.key);
    followers?.push(waiter);
    return followers !== undefined;
  }

  /** The call that has followed longest. */
  firstOf(key: string): Waiter<Connection> | null {
    return this.#followers.get(key)?.first ?? null;
  }

  /** Ends an attempt, and returns the calls that have followed it. */
  end({ key }: Route): Waiter<Connection>[] {
    const queue = this.#followers.get(key);
    if (queue === undefined) return [];
    this.#followers.delete(key);
    const followers: Waiter<Connection>[] = [];
    for (let w = queue.shift(); w !== null; w = queue.shift()) followers.push(w);
    return followers;
  }
}
