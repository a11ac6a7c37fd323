/**
 * What handling a peer's input costs: its growth at n, 2n and 4n, and the longest turn of the event loop.
 *
 * CPU time of the process is measured, not the time on the wall, so that a busy machine changes little; of several
 * rounds the cheapest counts. Linear work quadruples from n to 4n, quadratic work grows sixteenfold; the bound lies
 * between them. Work that stays cheap up to its limit passes: such a size does no harm, whatever its growth.
 */
import { AssertionError } from "@std/assert";
import process from "node:process";
import { setImmediate } from "node:timers";

/** Something done with input that a peer chose. */
export interface Work<Input> {
  /** Input of a size: bytes, characters or members, as the limit counts. */
  make(size: number): Input;
  run(input: Input): unknown;
  /** The largest size that the limits in force let through, or a large one if none does. */
  readonly limit: number;
  /** Default: 50. More only if one call of the runtime can't be divided. */
  readonly maxTurnMs?: number;
}

/** CPU time at n, 2n and 4n. */
export type Growth = readonly [n: number, twice: number, fourTimes: number];

/** Below this, growth is noise and harmless. */
const CHEAP_MS = 8;

/** Four is linear, sixteen quadratic. */
const MAX_FACTOR = 9;

const MAX_TURN_MS = 50;
const ROUNDS = 3;
const ATTEMPTS = 8;
const FIRST_SIZE = 512;

/** Asserts that the work is linear and never occupies the event loop for long. */
export async function assertLinear<Input>(work: Work<Input>): Promise<void> {
  await assertGrowth(work);
  await assertTurns(work);
}

/** Whether these costs are those of linear work. */
export function isLinear([n, , fourTimes]: Growth): boolean {
  return fourTimes < CHEAP_MS || fourTimes <= MAX_FACTOR * n;
}

async function assertGrowth<Input>(work: Work<Input>): Promise<void> {
  let growth: Growth = [0, 0, 0];
  let size = Math.min(FIRST_SIZE, Math.ceil(work.limit / 4));
  for (let failures = 0; failures < ATTEMPTS;) {
    growth = await growthAt(work, size);
    if (growth[2] < CHEAP_MS) {
      if (4 * size >= work.limit) return;
      size = Math.min(2 * size, Math.ceil(work.limit / 4));
    } else if (isLinear(growth)) {
      return;
    } else failures++;
  }
  throw new AssertionError(
    `Expected linear cost, got ${growth.map((ms) => ms.toFixed(1)).join(", ")} ms of CPU ` +
      `at ${size}, ${2 * size}, ${4 * size}`,
  );
}

async function growthAt<Input>(work: Work<Input>, size: number): Promise<Growth> {
  const inputs = [work.make(size), work.make(2 * size), work.make(4 * size)] as const;
  const best: [number, number, number] = [Infinity, Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    for (const index of [0, 1, 2] as const) {
      const before = cpuMs();
      await work.run(inputs[index]);
      best[index] = Math.min(best[index], cpuMs() - before);
    }
  }
  return best;
}

async function assertTurns<Input>(work: Work<Input>): Promise<void> {
  const { maxTurnMs = MAX_TURN_MS } = work;
  let best = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && best > maxTurnMs; attempt++) {
    const input = work.make(work.limit);
    best = Math.min(best, await longestTurnMs(() => work.run(input)));
  }
  if (best <= maxTurnMs) return;
  throw new AssertionError(
    `Expected turns of at most ${maxTurnMs} ms, got one of ${best.toFixed(1)} ms at ${work.limit}`,
  );
}

/** CPU time of the longest turn of the event loop while this runs. */
export async function longestTurnMs(run: () => unknown): Promise<number> {
  let longest = 0;
  let last = cpuMs();
  const beat = () => {
    const now = cpuMs();
    longest = Math.max(longest, now - last);
    last = now;
  };
  let isOver = false;
  const heart = () => {
    beat();
    if (!isOver) setImmediate(heart);
  };
  await new Promise<void>((resolve) => setImmediate(resolve));
  last = cpuMs();
  setImmediate(heart);
  await run();
  isOver = true;
  await new Promise<void>((resolve) => setImmediate(resolve));
  beat();
  return longest;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
