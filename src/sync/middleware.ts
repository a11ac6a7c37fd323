/** Middleware of synchronous clients: the list of the asynchronous one, with functions that return values. */
import { badOption } from "../options/bad_option.ts";
import type { Request } from "../message/request.ts";
import { Response } from "../message/response/response.ts";
import { readableAtOnce } from "../message/response/sync_body.ts";
import { carryingCall, checkMiddleware, type DualMiddleware } from "../middleware/middleware.ts";
import type { SyncHints, SyncTransport } from "../transports/transport.ts";
import { innerOf, SyncResponse, syncView } from "./sync_response.ts";

/** Sends a request on, and returns its response. It may be called several times. */
export type SyncNext = (request: Request) => SyncResponse;

/** A middleware that holds something. */
export interface SyncMiddlewareObject {
  /** Returns the response to a request. */
  handle(request: Request, next: SyncNext): SyncResponse | Response;
  /** Frees what the middleware holds; called once, when its client is closed. */
  close?(): unknown;
}

/** A function around one exchange, an object with one, or one of the library's own middleware. */
export type SyncMiddleware =
  | ((request: Request, next: SyncNext) => SyncResponse | Response)
  | SyncMiddlewareObject
  | DualMiddleware;

/** A transport behind middleware that their owner closes. */
export function throughSyncMiddleware(
  transport: SyncTransport,
  middleware: readonly SyncMiddleware[],
): SyncTransport {
  const handleFrom = (index: number, request: Request, hints: SyncHints): Response => {
    const item = middleware[index];
    if (item === undefined) return readableAtOnce(transport.handleRequestSync(request, hints));
    const { call } = request.extensions;
    const next = (sent: Request) => handleFrom(index + 1, carryingCall(sent, call), hints);
    if (typeof item === "object" && "handleSync" in item) return item.handleSync(request, next);
    const nextView: SyncNext = (sent) => syncView(next(sent));
    const handle = typeof item === "function" ? item : item.handle.bind(item);
    return responseOf(handle(request, nextView));
  };
  return { handleRequestSync: (request, hints) => handleFrom(0, request, hints) };
}

/**
 * Makes sure that a list is one of middleware, and copies it.
 *
 * @throws {TypeError} otherwise
 */
export function syncMiddlewareFrom(middleware: readonly SyncMiddleware[]): SyncMiddleware[] {
  checkMiddleware(middleware);
  return [...middleware];
}

/** Closes those of a list that hold something. */
export function closeSyncMiddleware(middleware: readonly SyncMiddleware[]): void {
  for (const item of middleware) {
    const closing = typeof item === "function" ? null : item.close?.();
    if (closing instanceof Promise) closing.catch(() => {}); // a synchronous client can't wait for it
  }
}

function responseOf(answer: unknown): Response {
  if (answer instanceof SyncResponse) return innerOf(answer);
  if (answer instanceof Response) return answer;
  if (!(answer instanceof Promise)) {
    throw badOption("middleware", `one returned ${typeof answer} instead of the response`);
  }
  answer.catch(() => {}); // the error below says more
  throw badOption(
    "middleware",
    "one is asynchronous, and a synchronous client can't wait for it; return what next() returns",
  );
}
