/**
 * What a client knows of how a request was made. It travels in the request's extensions, so that a request that is sent
 * later (`buildRequest()`, `nextRequest`) keeps it, and so does every copy.
 */
import type { Request } from "../../message/request.ts";

/** The `Cookie` field of a request, and which part of it the caller gave. */
export interface SentCookies {
  readonly header: string;
  /** The caller's part of it. */
  readonly own: string | null;
}

/** How a request was made. */
export class Provenance {
  /** Whether a redirect led to another origin, or brought credentials of its own: the client's may not go there. */
  readonly refusesClientAuth: boolean;
  /** `null` if the client added no `Cookie`. */
  readonly cookies: SentCookies | null;

  constructor({ refusesClientAuth, cookies }: Provenance) {
    this.refusesClientAuth = refusesClientAuth;
    this.cookies = cookies;
  }
}

const BY_CALLER = /* @__PURE__ */ new Provenance({ refusesClientAuth: false, cookies: null });

/** Returns how a request was made; by the caller if it carries no provenance. */
export function provenanceOf({ extensions }: Request): Provenance {
  const { [KEY]: known } = extensions;
  return known instanceof Provenance ? known : BY_CALLER;
}

/** Adds to what is known of a request that the client has made. */
export function recordProvenance(request: Request, facts: Partial<Provenance>): void {
  const provenance = new Provenance({ ...provenanceOf(request), ...facts });
  request.extensions = { ...request.extensions, [KEY]: provenance };
}

/** Extensions without what is known of one request, for the next one. */
export function withoutProvenance({ extensions }: Request): Request["extensions"] {
  const { [KEY]: _, ...others } = extensions;
  return others;
}

const KEY = "provenance";
