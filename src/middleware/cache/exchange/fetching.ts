/** Asks the server: for a new response, or whether a stored one is still good (RFC 9111 §4.3). */
import { HTTPError } from "../../../errors.ts";
import { type DualFlow, exchange, paused } from "../../../message/dual_flow.ts";
import type { CacheOutcome } from "../../../message/response/extensions.ts";
import { copyRequest, type Request } from "../../../message/request.ts";
import { bodyOf, type Response } from "../../../message/response/response.ts";
import { SyncBody } from "../../../message/response/sync_body.ts";
import { findField } from "../../../semantics/fields.ts";
import { mustBeConfirmed, type Revalidation } from "../policy/policy.ts";
import { whyNotStored } from "../policy/storing.ts";
import { conditionalFields } from "../policy/validators.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import { type Errand, settled } from "./context.ts";
import type { Fetched, Kept, Received } from "./fetched.ts";
import { timesOf } from "./replay.ts";
import type { Draft, ExchangeTimes } from "./shelf.ts";

/** A response that may only be reused after the server confirmed it, and no answer of the server. */
export class Unconfirmed extends Error {
  override readonly name = "Unconfirmed";
}

/**
 * Sends the request, made conditional if there is something to revalidate.
 *
 * @throws {Unconfirmed} if the server can't be reached, and what is stored must not be used without it
 */
export function* fetching(errand: Errand): DualFlow<Fetched> {
  const { request, decision } = errand;
  if (decision.state === "miss") return yield* sending(errand, request);
  const conditions = canRevalidate(errand) ? conditionalFields(decision.head) : [];
  const asked = conditions.length === 0 ? request : copyRequest(request, request.extensions);
  for (let i = 0; i < conditions.length; i += 2) {
    asked.headers.set(conditions[i] ?? "", conditions[i + 1] ?? "");
  }
  return yield* revalidating(errand, { decision, asked });
}

/** The precondition of a range is the caller's own, and has its own answers. */
function canRevalidate({ plan }: Errand): boolean {
  return plan.range === null || findField(plan.fields, "if-range") === null;
}

/** Sends the request as it is. */
export function* sending(errand: Errand, request: Request): DualFlow<Received> {
  const { cache } = errand;
  const since = cache.shelf.moment;
  const requestedAtMs = cache.now();
  const response = yield* exchange(request);
  return received(errand, { response, since, times: { requestedAtMs, receivedAtMs: cache.now() } });
}

function* revalidating(
  errand: Errand,
  { decision, asked }: { readonly decision: Revalidation; readonly asked: Request },
): DualFlow<Fetched> {
  const { cache, policy, plan } = errand;
  const { head } = decision;
  const since = cache.shelf.moment;
  const requestedAtMs = cache.now();
  let response: Response;
  try {
    response = yield* exchange(asked);
  } catch (error) {
    // What the network or the server did wrong is covered; an abort is not.
    if (!(error instanceof HTTPError)) throw error;
    const body = policy.settle(decision, null) === "covered"
      ? yield* storedBodyOf(errand, head)
      : null;
    if (body !== null) return { kind: "stored", head, body, outcome: staleOutcome(errand, head) };
    if (mustBeConfirmed(head)) throw new Unconfirmed(error.message, { cause: error });
    throw error;
  }
  const { status, headers: { lines: fields } } = response;
  const settlement = policy.settle(decision, { status, fields });
  const body = settlement === "replaced" ? null : yield* storedBodyOf(errand, head);
  const times = { requestedAtMs, receivedAtMs: cache.now() };
  if (body !== null && settlement === "confirmed") {
    yield* closing(response);
    const next = cache.shelf.updated(head, fields, { request: plan.fields, times });
    return confirmed(errand, { head: yield* settled(next), body, response });
  }
  if (body !== null) {
    yield* closing(response);
    return { kind: "stored", head, body, outcome: staleOutcome(errand, head) };
  }
  if (status !== 304 || asked === errand.request) {
    return received(errand, { response, since, times });
  }
  // It is about a response that is gone, or not ours (§4.3.4): a whole one is needed.
  yield* closing(response);
  return yield* sending(errand, errand.request);
}

function storedBodyOf({ cache }: Errand, head: StoredHead): DualFlow<Uint8Array | null> {
  return settled(cache.shelf.read(head));
}

function confirmed(
  { cache, decision }: Errand,
  { head, body, response }: {
    readonly head: StoredHead;
    readonly body: Uint8Array;
    readonly response: Response;
  },
): Kept {
  const setsCookies = response.headers.has("set-cookie");
  const { reason } = decision;
  const outcome = { status: "revalidated", reason, ...timesOf(head, cache), setsCookies } as const;
  return { kind: "stored", head, body, outcome };
}

/** Frees a response whose body is not needed. */
export function* closing(response: Response): DualFlow {
  yield* paused<unknown>(() => response.close(), () => {
    const body = bodyOf(response);
    if (body instanceof SyncBody) body.closeSync();
  });
}

function staleOutcome({ cache }: Errand, head: StoredHead): CacheOutcome {
  return {
    status: "stale",
    reason: "stale-if-error",
    ...timesOf(head, cache),
    setsCookies: false,
  };
}

function received(
  { cache, plan, decision }: Errand,
  { response, since, times }: {
    readonly response: Response;
    readonly since: number;
    readonly times: ExchangeTimes;
  },
): Received {
  const { status, headers: { lines: fields } } = response;
  const { reason_phrase: phrase } = response.extensions;
  const { requestedAtMs, receivedAtMs } = times;
  const draft: Draft = { status, fields, reason: phrase ?? null, requestedAtMs, receivedAtMs };
  const notStored = whyNotStored(draft, plan.fields) ?? undefined;
  const head = notStored === undefined ? cache.shelf.headOf(draft, plan) : null;
  const { reason } = decision;
  const outcome: CacheOutcome = notStored === undefined
    ? { status: "miss", reason, setsCookies: true }
    : { status: "miss", reason, notStored, setsCookies: true };
  return { kind: "received", response, head, outcome, since };
}
