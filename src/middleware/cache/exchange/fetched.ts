/** What an exchange brings. */
import type { CacheOutcome } from "../../../message/response/extensions.ts";
import type { Response } from "../../../message/response/response.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import type { OpenHead } from "./shelf.ts";

/** Either. */
export type Fetched = Kept | Received;

/** A stored response is the answer. */
export interface Kept {
  readonly kind: "stored";
  readonly head: StoredHead;
  readonly body: Uint8Array;
  readonly outcome: CacheOutcome;
}

/** The server's own response, its body unread. */
export interface Received {
  readonly kind: "received";
  readonly response: Response;
  /** What to store it under; `null` if it is not stored. */
  readonly head: OpenHead | null;
  readonly outcome: CacheOutcome;
  /** The moment at which the request was sent. */
  readonly since: number;
}
