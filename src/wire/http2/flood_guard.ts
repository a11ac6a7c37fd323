/** Counts frames that cost their sender nothing, against the budgets of `limits.ts`. */
import type { Http2Limits } from "./limits.ts";
import { ViolationError } from "./reasons.ts";

/** What is counted, by the name of its budget. */
export type Flood = "maxPings" | "maxSettings" | "maxEmptyFrames" | "maxLateFrames";

const NAMES: Readonly<Record<Flood, string>> = {
  maxPings: "PING",
  maxSettings: "SETTINGS",
  maxEmptyFrames: "frames that carry nothing",
  maxLateFrames: "frames for closed streams",
};

/** A first window of 192 KB in frames of 8 KB, as most servers send it, and some to spare. */
const LATE_FRAMES_OF_A_STREAM = 32;

/** The counts of the running second. */
export class FloodGuard {
  readonly #limits: Http2Limits;
  readonly #counts: Record<Flood, number> = {
    maxPings: 0,
    maxSettings: 0,
    maxEmptyFrames: 0,
    maxLateFrames: 0,
  };

  constructor(limits: Http2Limits) {
    this.#limits = limits;
  }

  /** @throws {ViolationError} ENHANCE_YOUR_CALM, where the budget is used up */
  count(flood: Flood): void {
    const limit = this.#limits[flood];
    if (++this.#counts[flood] > limit) {
      throw new ViolationError(
        "ENHANCE_YOUR_CALM",
        `more than ${limit} ${NAMES[flood]} within a second`,
      );
    }
  }

  /** A stream has ended: what the server sent before it knew is still to come. */
  expectLate(): void {
    this.#counts.maxLateFrames -= LATE_FRAMES_OF_A_STREAM;
  }

  /** Another second begins. */
  renew(): void {
    this.#counts.maxPings = 0;
    this.#counts.maxSettings = 0;
    this.#counts.maxEmptyFrames = 0;
    this.#counts.maxLateFrames = 0;
  }
}
