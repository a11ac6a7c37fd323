/** The one source of numbers for tests that draw: the same seed, the same numbers, on every runtime (mulberry32). */

/** Whole numbers: `random(n)` is at least 0 and below n. */
export function seeded(seed: number): (below: number) => number {
  const next = seededFraction(seed);
  return (below) => Math.floor(next() * below);
}

/** Numbers from 0, below 1. */
export function seededFraction(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
