/**
 * The life of an HTTP/1.1 connection, from the moment its socket is connected:
 *
 * ```text
 *        begin          upgrade
 *  idle ───────▶ busy ──────────▶ handedOver
 *    ▲            │ │                 │
 *    └──── end ───┘ │ close           │ close
 *    │ close        ▼                 ▼
 *    └─────────▶ closed ◀─────────────┘
 * ```
 */

/** Where a connection stands. */
export type Lifecycle = "idle" | "busy" | "handedOver" | "closed";

/** What can happen to it. */
export type LifecycleEvent = "begin" | "end" | "upgrade" | "close";

/** A missing cell is a mistake of this library: it throws. */
export const LIFECYCLE: Readonly<
  Record<Lifecycle, Readonly<Partial<Record<LifecycleEvent, Lifecycle>>>>
> = {
  idle: { begin: "busy", close: "closed" },
  busy: { end: "idle", upgrade: "handedOver", close: "closed" },
  handedOver: { close: "closed" },
  closed: {},
};
