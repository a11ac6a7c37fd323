/**
 * Timers that do not hold the program: it may end while they run. And what holds it where nothing else does.
 */

/** What `setInterval` returns, by runtime: a number, or an object that can be let go. */
type TimerHandle = number | { unref?(): void };

/** The one name of Deno's that is needed here. */
interface DenoTimers {
  unrefTimer?(id: number): void;
}

/** Calls `tick` every `ms` milliseconds until the returned function is called. */
export function startInterval(tick: () => void, ms: number): () => void {
  const handle = setInterval(tick, ms);
  release(handle);
  return () => clearInterval(handle);
}

/** Calls `ring` once after `ms` milliseconds, unless the returned function is called before. */
export function startTimeout(ring: () => void, ms: number): () => void {
  const handle = setTimeout(ring, ms);
  release(handle);
  return () => clearTimeout(handle);
}

/** How long a socket that was closed may take to send what it holds. */
const LINGER_MS = 1000;

/** Calls `free` when a socket that was closed has lingered long enough, unless the returned function is called before. */
export function startLingering(free: () => void): () => void {
  return startTimeout(free, LINGER_MS);
}

/** Keeps the program from ending until the returned function is called: a call waits, and has no socket yet. */
export function holdProgram(): () => void {
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
