/**
 * What may be done with a response's body, and when:
 *
 * ```text
 *            stream             end
 *  unread ──────────▶ streaming ─────▶ consumed
 *    │ load     close    │               │ close (nothing left to do)
 *    ▼      ┌────────────┘ close         ▼
 *  loading ─┴───▶ closed               consumed
 *    │ end
 *    ▼
 *  loaded
 * ```
 *
 * What was loaded stays: it can be read as often as one likes, and closing changes nothing. A
 * caller that reads while it is loading waits for that.
 */
import { StreamClosed, StreamConsumed, type StreamError } from "../../errors.ts";

/** Where a body stands. */
export type BodyState = "unread" | "loading" | "loaded" | "streaming" | "consumed" | "closed";

/** What is asked of it. */
export type BodyEvent = "load" | "stream" | "end" | "close";

/** A missing cell is a mistake in the calling code: `wrongMove()` says which. */
export const BODY_MOVES: Readonly<
  Record<BodyState, Readonly<Partial<Record<BodyEvent, BodyState>>>>
> = {
  unread: { load: "loading", stream: "streaming", close: "closed" },
  loading: { load: "loading", end: "loaded", close: "closed" },
  streaming: { end: "consumed", close: "closed" },
  consumed: { close: "consumed" },
  loaded: { load: "loaded", stream: "loaded", close: "loaded" },
  closed: { close: "closed" },
};

/** The error of a move that the table does not have. */
export function wrongMove(state: BodyState): StreamError {
  if (state === "closed") {
    return new StreamClosed(
      "Cannot read the body: the response was closed",
    );
  }
  return new StreamConsumed(
    "Cannot read the body again: it was a stream; call read() first",
  );
}
