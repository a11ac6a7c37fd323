/**
 * One token for all requests, and one refresh at a time: a flow that finds no fresh token leads a refresh, one that
 * comes meanwhile waits for its outcome. A leader that is cut short leaves the place to one of those who wait; one that
 * fails fails for them all. It knows no request and no server.
 */

/** Where time comes from, in milliseconds. */
export interface Now {
  now(): number;
}

/** A token as a server gave it. */
export interface IssuedToken {
  readonly value: string;
  /** Milliseconds from now; `null` where the server did not say. */
  readonly lifetimeMs: number | null;
}

/** How a refresh ended. */
export type RefreshOutcome =
  | { readonly kind: "issued"; readonly value: string }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "abandoned" };

interface HeldToken {
  readonly value: string;
  readonly staleAt: number;
}

/** A refresh under way. The first outcome counts. */
export class Refresh {
  readonly outcome: Promise<RefreshOutcome>;
  #settle: (outcome: RefreshOutcome) => void = () => {};

  /** Begins; `onEnd` is called once. */
  constructor(onEnd: () => void) {
    this.outcome = new Promise((resolve) => {
      this.#settle = (outcome) => {
        this.#settle = () => {};
        onEnd();
        resolve(outcome);
      };
    });
  }

  /** Ends it. Does nothing where it has ended. */
  end(outcome: RefreshOutcome): void {
    this.#settle(outcome);
  }
}

/** The token, or the refresh that will bring it. */
export class SharedToken {
  readonly #marginMs: number;
  readonly #time: Now;
  #held: HeldToken | null = null;
  #refresh: Refresh | null = null;

  /** A token is no longer used `marginMs` before its end, but for half of its lifetime at least. */
  constructor(marginMs: number, time: Now) {
    this.#marginMs = marginMs;
    this.#time = time;
  }

  /** The token, while it is fresh. */
  fresh(): string | null {
    const held = this.#held;
    return held !== null && this.#time.now() < held.staleAt ? held.value : null;
  }

  /** The refresh that another leads, to wait for. */
  get running(): Refresh | null {
    return this.#refresh;
  }

  /** Leads a refresh, which has to be ended. */
  lead(): Refresh {
    return this.#refresh = new Refresh(() => this.#refresh = null);
  }

  /** Keeps a token from now on. */
  keep({ value, lifetimeMs }: IssuedToken): void {
    const usableMs = lifetimeMs === null
      ? Infinity
      : Math.max(lifetimeMs - this.#marginMs, lifetimeMs / 2);
    this.#held = { value, staleAt: this.#time.now() + usableMs };
  }

  /** Forgets a token that was refused, unless a newer one is held. */
  forget(value: string): void {
    if (this.#held?.value === value) this.#held = null;
  }
}
