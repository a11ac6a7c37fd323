/** What `client.fetch` needs of a client. */
import type { CacheMode, Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import type { BodiedOptions } from "../options/options.ts";

/** What `fetch` needs of a client. */
export interface FetchPort {
  /** Builds a request with the client's defaults. */
  build(method: string, url: string, options: BodiedOptions & FetchMode & Caching): Request;
  /** Sends it by the rules of `fetch`, the body left unread. */
  send(request: Request, options: FetchMode & { followRedirects: boolean }): Promise<Response>;
  /** Opens a connection for requests to come; nothing if the transport has none. */
  preconnect(url: string): void;
  /** Whether the client gives every request a header of that name. */
  hasHeader(name: string): boolean;
}

/** How one `fetch` uses a cache, if the client has one. */
export interface Caching {
  readonly cache: CacheMode;
}

/** How one `fetch` is sent. */
export interface FetchMode {
  /** Whether neither credentials nor cookies go along, or are kept. */
  readonly isAnonymous: boolean;
}
