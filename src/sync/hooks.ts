/** Event hooks of synchronous clients: the same two lists, of functions that return at once. */
import { badOption } from "../options/bad_option.ts";
import type { Request } from "../message/request.ts";
import type { SyncResponse } from "./sync_response.ts";

/** Sees each request on its way out, after authentication, and may change it. */
export type SyncRequestHook = (request: Request) => void;

/** Sees each response before its body is read. Throwing closes it. */
export type SyncResponseHook = (response: SyncResponse) => void;

/** Functions called for each request and response, those of redirects and logins included. */
export interface SyncEventHooks {
  /** Called in this order with each request. */
  readonly request?: readonly SyncRequestHook[] | undefined;
  /** Called in this order with each response. */
  readonly response?: readonly SyncResponseHook[] | undefined;
}

/** A client's hooks: lists that may be changed at any time. */
export interface SyncHookLists {
  /** Called in this order with each request. */
  request: SyncRequestHook[];
  /** Called in this order with each response. */
  response: SyncResponseHook[];
}

/**
 * Makes sure that a hook has done its work.
 *
 * @throws {TypeError} if it returned a promise
 */
export function checkReturned(event: keyof SyncHookLists, returned: unknown): void {
  if (!(returned instanceof Promise)) return;
  returned.catch(() => {}); // the error below says more
  throw badOption(
    "eventHooks",
    `a ${event} hook is asynchronous, and a synchronous client can't wait for it`,
  );
}
