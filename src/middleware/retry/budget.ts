/**
 * How many retries a client may make over all its calls. When a server fails for everybody, each retry is one more
 * request that fails: without a budget, an outage is multiplied by the number of tries.
 *
 * Calls and retries of the last ten seconds are counted, in slots of one second. A retry is allowed while
 *
 * ```text
 * retries < max(ratio × calls, minPerSecond × 10)
 * ```
 *
 * so a busy client adds at most `ratio` to its traffic, and a quiet one may still retry its few calls. Calls that succeed
 * count as well: what a healthy client has earned covers the calls that a restarting server drops. If the trouble lasts,
 * that credit is paid back: an episode, from the first retry after ten quiet seconds on, has no more retries than the
 * credit it began with, or `ratio` of its own calls, whichever is larger.
 */
import type { RetryRules } from "../../message/retry_options.ts";

const SLOT_MS = 1000;
const SLOTS = 10;
/** An episode that lasts longer is followed by another, so that nothing is saved up over hours. */
const MAX_EPISODE_MS = 60_000;

/** Counts since the first retry after a quiet time. */
interface Episode {
  readonly startedAtMs: number;
  readonly credit: number;
  calls: number;
  retries: number;
}

/** The retries that one client has left. */
export class RetryBudget {
  readonly #ratio: number;
  readonly #least: number;
  readonly #calls = new Float64Array(SLOTS);
  readonly #retries = new Float64Array(SLOTS);
  /** Sums of the two, so that a call costs the same however many slots there are. */
  #callCount = 0;
  #retryCount = 0;
  /** The slot of the current second, counted from the start of the clock. */
  #slot = -SLOTS;
  #episode: Episode | null = null;

  constructor({ ratio, minPerSecond }: NonNullable<RetryRules["budget"]>) {
    this.#ratio = ratio;
    this.#least = minPerSecond * SLOTS * SLOT_MS / 1000;
  }

  /** Counts a call, whatever becomes of it. */
  countCall(nowMs: number): void {
    const index = this.#at(nowMs);
    this.#calls[index] = (this.#calls[index] ?? 0) + 1;
    this.#callCount++;
    if (this.#episode !== null) this.#episode.calls++;
  }

  /** Whether one more retry is allowed; counts it if so. */
  takeRetry(nowMs: number): boolean {
    const index = this.#at(nowMs);
    const allowed = Math.max(this.#ratio * this.#callCount, this.#least);
    const episode = this.#currentEpisode(nowMs, allowed);
    if (this.#retryCount + 1 > allowed) return false;
    if (episode.retries + 1 > Math.max(this.#ratio * episode.calls, episode.credit)) return false;
    this.#retries[index] = (this.#retries[index] ?? 0) + 1;
    this.#retryCount++;
    episode.retries++;
    return true;
  }

  #currentEpisode(nowMs: number, credit: number): Episode {
    const { startedAtMs = -Infinity } = this.#episode ?? {};
    if (this.#episode === null || this.#retryCount === 0 || nowMs - startedAtMs > MAX_EPISODE_MS) {
      this.#episode = { startedAtMs: nowMs, credit, calls: 0, retries: 0 };
    }
    return this.#episode;
  }

  /** The index of the current slot; slots that are older than the window are emptied. */
  #at(nowMs: number): number {
    const slot = Math.floor(nowMs / SLOT_MS);
    const steps = Math.min(slot - this.#slot, SLOTS);
    for (let i = 1; i <= steps; i++) this.#empty((slot - steps + i) % SLOTS);
    if (steps > 0) this.#slot = slot;
    return this.#slot % SLOTS;
  }

  #empty(index: number): void {
    this.#callCount -= this.#calls[index] ?? 0;
    this.#retryCount -= this.#retries[index] ?? 0;
    this.#calls[index] = this.#retries[index] = 0;
  }
}
