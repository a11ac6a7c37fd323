/** A connection in the pool: where it leads, what it carries, and its places in the lists. */
import type { TraceListener } from "../../observe/trace.ts";
import type { Connection, ConnectionOwner } from "../connection/connection.ts";
import type { Route } from "../dial/route.ts";
import type { HoldingEntry } from "./admission.ts";
import type { IdleEntry } from "./idle_list.ts";
import type { SharedEntry } from "./shared_list.ts";

/** What an entry reports to: the pool. */
export interface EntryOwner {
  /** Receives each connection that the pool closes. */
  readonly listener: TraceListener | null;
  /** An exchange is over. */
  onReleased(entry: Entry): void;
  /** Nothing is waited for on the connection. */
  onRest(): void;
  /** A busy connection may have room for those that wait for its origin. */
  onRoom(entry: Entry): void;
  /** The connection is closed. */
  onClosed(entry: Entry): void;
}

/** A connection and its bookkeeping. */
export class Entry implements ConnectionOwner, IdleEntry, SharedEntry, HoldingEntry {
  readonly #owner: EntryOwner;
  readonly connection: Connection;
  readonly route: Route;
  /** Whether other calls wait for the settings of this connection. */
  leads = false;
  exchanges = 0;
  usedSince = 0;
  isIdle = false;
  idleSince = 0;
  olderOfAll: IdleEntry | null = null;
  newerOfAll: IdleEntry | null = null;
  olderHere: IdleEntry | null = null;
  newerHere: IdleEntry | null = null;

  constructor(owner: EntryOwner, connection: Connection, route: Route) {
    this.#owner = owner;
    this.connection = connection;
    this.route = route;
  }

  /** It carries one exchange more, and keeps the program alive. */
  use(nowMs: number): Connection {
    if (this.exchanges++ === 0) this.usedSince = nowMs;
    this.connection.ref();
    return this.connection;
  }

  /** Closes the connection, and reports it to the listener. */
  close(reason?: Error): void {
    const { listener } = this.#owner;
    listener?.("connection.close.started", {});
    this.connection.close(reason);
    listener?.("connection.close.complete", { return_value: null });
  }

  onReleased(): void {
    this.#owner.onReleased(this);
  }

  onRest(): void {
    this.#owner.onRest();
  }

  onRoom(): void {
    this.#owner.onRoom(this);
  }

  onClosed(): void {
    this.#owner.onClosed(this);
  }
}
