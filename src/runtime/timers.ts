/**
 * Timers that do not keep the process alive, and one that does.
 */

/** The longest delay that `setTimeout` and `setInterval` take, in milliseconds: with a longer one they fire at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** What `setInterval` returns, by runtime: a number, or an object that can be let go. */
type TimerHandle = number | { unref?(): void };

/** The one name of Deno's that is needed here. */
interface DenoTimers {
  unrefTimer?(id: number): void;
}

/** Calls `tick` every `ms` milliseconds, `MAX_TIMER_MS` at most, until the returned function is called. */
export function startInterval(tick: () => void, ms: number): () => void {
  const handle = setInterval(tick, Math.min(ms, MAX_TIMER_MS));
  release(handle);
  return () => clearInterval(handle);
}

/**
 * Calls `ring` once after `ms` milliseconds, unless the returned function is called before. A delay beyond
 * `MAX_TIMER_MS` (24 days) never ends.
 */
export function startTimeout(ring: () => void, ms: number): () => void {
  if (ms > MAX_TIMER_MS) return () => {};
  const handle = setTimeout(ring, ms);
  release(handle);
  return () => clearTimeout(handle);
}

/**
 * Calls `run` after one turn of the event loop, unless the returned function is called before: what has arrived by now
 * is delivered first. Two timers, because on Deno the first may run before the sockets are polled; `setImmediate()`
 * does on Bun and Deno.
 */
export function startTurn(run: () => void): () => void {
  let stop = startTimeout(() => stop = startTimeout(run, 0), 0);
  return () => stop();
}

/**
 * Blocks this thread for `ms` milliseconds: nothing else runs in it meanwhile.
 *
 * @throws {TypeError} if blocking is not allowed: the main thread of a browser
 */
export function blockFor(ms: number): void {
  const word = new Int32Array(new SharedArrayBuffer(4));
  const endsAtMs = performance.now() + ms;
  for (let leftMs = ms; leftMs > 0; leftMs = endsAtMs - performance.now()) {
    Atomics.wait(word, 0, 0, leftMs);
  }
}

/** How long a socket that was closed may take to send what it holds. */
const LINGER_MS = 1000;

/** Calls `free` when a socket that was closed has lingered long enough, unless the returned function is called before. */
export function startLingering(free: () => void): () => void {
  return startTimeout(free, LINGER_MS);
}

/** Keeps the program from ending until the returned function is called: a call waits, and has no socket yet. */
export function keepProcessAlive(): () => void {
  const handle = setInterval(() => {}, 1 << 30);
  return () => clearInterval(handle);
}

function release(handle: TimerHandle): void {
  if (typeof handle === "number") {
    const { Deno } = globalThis as { Deno?: DenoTimers };
    Deno?.unrefTimer?.(handle);
  } else {
    handle.unref?.();
  }
}
