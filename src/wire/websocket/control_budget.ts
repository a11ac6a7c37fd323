/** Counts control frames against `maxControlFrames`: each costs the server two bytes, and asks for an answer. */
import { CLOSE, ViolationError } from "./close_codes.ts";

const SECOND_MS = 1000;

/** The count of the running second. */
export class ControlBudget {
  readonly #limit: number;
  readonly #now: () => number;
  #beganAtMs = -Infinity;
  #count = 0;

  /** @param now milliseconds that never go back; read once for each control frame */
  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** @throws {ViolationError} 1008 when the budget is used up */
  spend(): void {
    const now = this.#now();
    if (now - this.#beganAtMs >= SECOND_MS) {
      this.#beganAtMs = now;
      this.#count = 0;
    }
    if (++this.#count > this.#limit) {
      throw new ViolationError(
        CLOSE.POLICY_VIOLATION,
        `more than maxControlFrames (${this.#limit}) control frames within a second`,
      );
    }
  }
}
