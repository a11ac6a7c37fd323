/** Connections without sockets, opened and ended by hand: what the pool is tested with. */
import type { Deadline } from "../../../src/clock/deadline.ts";
import type { Connection, ConnectionOwner } from "../../../src/wire/connection/connection.ts";
import type { Open } from "../../../src/wire/connection/open.ts";
import type { Route } from "../../../src/wire/dial/route.ts";

/** A connection that does nothing but tell its owner what the test says. */
export class FakeConnection implements Connection {
  owner: ConnectionOwner | null = null;
  totalSentBytes = 0;
  totalReceivedBytes = 0;
  isShared = false;
  maxExchanges = 1;
  knowsRoom = true;
  serverIdleMs = Infinity;
  isClosed = false;
  isAtRest = false;
  isRef = true;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  exchange(): never {
    throw new Error("A fake connection carries no exchange");
  }

  /** It may carry so many exchanges from now on. */
  allow(maxExchanges: number): void {
    this.knowsRoom = true;
    this.maxExchanges = maxExchanges;
    this.owner?.onRoom(this);
  }

  /** Its exchange waits for nothing: its response is there, and no caller reads it. */
  rest(): void {
    this.isAtRest = true;
    this.owner?.onRest(this);
  }

  /** Its exchange has ended. */
  finish(): void {
    this.owner?.onReleased(this);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.owner?.onClosed(this);
  }

  ref(): void {
    this.isRef = true;
  }

  unref(): void {
    this.isRef = false;
  }
}

/** An attempt to connect that a test ends. */
export interface Opening {
  readonly route: Route;
  succeed(): FakeConnection;
  fail(error: Error): void;
}

/** An `open` that leaves every attempt pending until the test decides. */
export class FakeNetwork {
  /** Attempts under way, oldest first. */
  readonly openings: Opening[] = [];
  /** Whether new connections carry many exchanges, and how many. */
  isShared = false;
  maxExchanges = 100;
  /** Whether they are told at once how many. */
  knowsRoom = true;
  /** How many attempts there have been. */
  get attempts(): number {
    return this.#count;
  }
  #count = 0;

  readonly open: Open = (route, { deadline, controller }) =>
    new Promise<Connection>((resolve, reject) => {
      const name = `${route.key}#${++this.#count}`;
      const opening: Opening = {
        route,
        succeed: () => {
          this.#remove(opening);
          const connection = new FakeConnection(name);
          connection.isShared = this.isShared;
          connection.knowsRoom = this.knowsRoom;
          if (this.isShared) connection.maxExchanges = this.knowsRoom ? this.maxExchanges : 1;
          resolve(connection);
          return connection;
        },
        fail: (error) => {
          this.#remove(opening);
          reject(error);
        },
      };
      this.openings.push(opening);
      controller.signal.addEventListener("abort", () => opening.fail(controller.signal.reason));
      enterConnect(deadline, controller);
    });

  #remove(opening: Opening): void {
    const i = this.openings.indexOf(opening);
    if (i >= 0) this.openings.splice(i, 1);
  }
}

function enterConnect(deadline: Deadline, controller: AbortController): void {
  deadline.enter("connect", {
    onExpiry: (expiry) => controller.abort(deadline.errorFor(expiry)),
  });
}

/** Lets everything that is settled be seen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
