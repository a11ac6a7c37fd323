/**
 * Decoding takes turns with everything else: a few hundred bytes may unfold to gigabytes, and neither timers nor sockets
 * are served while promises alone follow each other. So decoding yields to the event loop every few milliseconds, and
 * ends there when its call has ended.
 */

/** The longest time between two turns of the event loop, but for one piece of output. */
const TURN_MS = 8;

/** How one body is decoded beside other work. */
export class Pace {
  readonly #throwIfOver: (() => void) | undefined;
  #turnedAtMs = performance.now();

  /** @param throwIfOver throws when the call has ended; called after each turn of the event loop */
  constructor(throwIfOver?: (() => void) | undefined) {
    this.#throwIfOver = throwIfOver;
  }

  /** Whether it is time to let the event loop turn. */
  get isDue(): boolean {
    return performance.now() - this.#turnedAtMs > TURN_MS;
  }

  /**
   * Lets the event loop turn once.
   *
   * @throws what ended the call
   */
  async turn(): Promise<void> {
    await nextTurn();
    this.#turnedAtMs = performance.now();
    this.#throwIfOver?.();
  }
}

/** Resolves after timers and sockets had their turn. `setTimeout` waits for milliseconds, on some runtimes. */
function nextTurn(): Promise<void> {
  const immediate: unknown = Reflect.get(globalThis, "setImmediate");
  return new Promise((resolve) => {
    if (typeof immediate === "function") immediate(resolve);
    else setTimeout(resolve, 0);
  });
}
