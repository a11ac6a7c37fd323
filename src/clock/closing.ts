/** The closing of what calls belong to, a client or a transport: it ends the calls that are pending. */
import { CloseError } from "../errors.ts";
import { nameOfRequest } from "../observe/mask.ts";

/** Closed once; pending calls are notified then. */
export class Closing {
  readonly #listeners = new Set<() => void>();
  #isClosed = false;

  /** Whether `close()` was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls back once when it closes; the returned function cancels that. */
  onClose(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Notifies every listener. Later calls do nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

/** The error of a call that is pending when its client closes. */
export function clientClosed(
  request: { readonly method: string; readonly url: string },
): CloseError {
  return new CloseError(`Cannot finish ${nameOfRequest(request)}: the client was closed`);
}
