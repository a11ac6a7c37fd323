/** The events of the web's `WebSocket`, and its `on…` attributes. */
import type { WebSocketOutcome } from "../wire/connection/websocket/websocket_connection.ts";
import { CLOSE } from "../wire/websocket/close_codes.ts";

/** A listener that is set as `onopen`, `onmessage`, `onerror` or `onclose`. */
// deno-lint-ignore no-explicit-any -- packages set handlers for their own types of events
export type WebSocketHandler<Kind extends Event> = ((this: any, event: Kind) => any) | null;

// deno-lint-ignore no-explicit-any -- one list for handlers of every kind of event
type AnyHandler = ((this: any, event: any) => any) | null;

/** The event handlers of one target (HTML §8.1.8.1): each keeps its place among the listeners until it is `null`. */
export class EventHandlers {
  readonly #target: EventTarget;
  readonly #known = new Map<string, { handler: AnyHandler; listener: (event: Event) => void }>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  get(type: string): AnyHandler {
    return this.#known.get(type)?.handler ?? null;
  }

  set(type: string, handler: AnyHandler): void {
    const known = this.#known.get(type);
    if (typeof handler !== "function") {
      if (known !== undefined) this.#target.removeEventListener(type, known.listener);
      this.#known.delete(type);
    } else if (known !== undefined) known.handler = handler;
    else {
      const entry = {
        handler: handler as AnyHandler,
        listener: (event: Event): void => void entry.handler?.call(this.#target, event),
      };
      this.#known.set(type, entry);
      this.#target.addEventListener(type, entry.listener);
    }
  }
}

/** The `close` event: a connection that was not closed cleanly has no code of the server's (§4, RFC 6455 §7.1.5). */
export function closeEvent({ wasClean, code, reason }: WebSocketOutcome): Event {
  const init = wasClean
    ? { wasClean, code, reason }
    : { wasClean, code: CLOSE.ABNORMAL, reason: "" };
  const { CloseEvent } = globalThis as { CloseEvent?: typeof globalThis.CloseEvent };
  return CloseEvent === undefined
    ? Object.assign(new Event("close"), init) // Node before 23
    : new CloseEvent("close", init);
}

/** The `error` event, with the error where the runtime has such events. */
export function errorEvent(error: Error | null): Event {
  const { ErrorEvent } = globalThis as { ErrorEvent?: typeof globalThis.ErrorEvent };
  return ErrorEvent === undefined
    ? new Event("error")
    : new ErrorEvent("error", { error, message: error?.message ?? "" });
}
