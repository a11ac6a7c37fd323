/** The way of one request through the cache: looked up, answered, forwarded, stored; written once for both clients. */
import { type DualFlow, exchange } from "../../../message/dual_flow.ts";
import { copyRequest, type Request } from "../../../message/request.ts";
import { Response } from "../../../message/response/response.ts";
import type { FieldLines } from "../../../semantics/fields.ts";
import { keyOf, type Lookup, planOf, type Unsafe } from "../plan.ts";
import { freshnessFacts } from "../policy/freshness.ts";
import { CachePolicy, type FromCache, type Miss } from "../policy/policy.ts";
import { selects } from "../policy/selecting.ts";
import { whyNotStored } from "../policy/storing.ts";
import { confirms, describesSame, entityTag } from "../policy/validators.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import { type Errand, type Hop, labelled, settled } from "./context.ts";
import { fetching, sending, Unconfirmed } from "./fetching.ts";
import { recorded } from "./recording.ts";
import { replay, timesOf } from "./replay.ts";
import { revalidateInBackground } from "./background.ts";
import { endJoining, shared } from "./sharing.ts";

/** The steps that lead to the response. */
export function* respond(given: Hop): DualFlow<Response> {
  const { cache } = given;
  const plan = planOf(given.request, cache.partitions);
  const request = withModeFields(given.request);
  const hop = { ...given, request };
  switch (plan.kind) {
    case "bypass": {
      const response = yield* exchange(request);
      const { reason } = plan;
      return labelled(response, { status: "bypass", reason, setsCookies: true }, cache);
    }
    case "unsafe":
      return yield* sendUnsafe(hop, plan);
    case "lookup":
      try {
        return yield* lookUp(hop, plan);
      } catch (error) {
        if (error instanceof Unconfirmed) return unreachable(hop, error.cause);
        throw error;
      }
  }
}

/** Fetch, "HTTP-network-or-cache fetch": what a mode says to caches on the way. */
const MODE_FIELDS: Readonly<Record<string, FieldLines>> = {
  "no-cache": ["Cache-Control", "max-age=0"],
  "no-store": ["Pragma", "no-cache", "Cache-Control", "no-cache"],
  "reload": ["Pragma", "no-cache", "Cache-Control", "no-cache"],
};

function withModeFields(request: Request): Request {
  const fields = MODE_FIELDS[request.extensions.cache ?? "default"];
  if (fields === undefined) return request;
  const copy = copyRequest(request, request.extensions);
  for (let i = 0; i < fields.length; i += 2) {
    const [name = "", value = ""] = fields.slice(i);
    if (!request.headers.has(name)) copy.headers.set(name, value);
  }
  return copy;
}

function* lookUp(hop: Hop, plan: Lookup): DualFlow<Response> {
  const { cache, next } = hop;
  const { shelf, heuristicFraction } = cache;
  const heads = yield* settled(shelf.find(plan));
  const policy = new CachePolicy();
  if (plan.isConditional) {
    const errand: Errand = { ...hop, plan, policy, decision: { state: "miss", reason: "request" } };
    return plan.isHead ? yield* forwardHead(errand, heads) : yield* passConditional(errand, heads);
  }
  const canRevalidateLater = next !== null && !plan.isHead && plan.range === null;
  const rules = { nowMs: cache.now(), heuristicFraction, canRevalidateLater };
  const decision = policy.decide(plan, heads, rules);
  if (decision.state === "fromCache") {
    const response = yield* fromCache(hop, plan, decision);
    if (response !== null) return response;
  }
  if (wantsStoredAlone(plan)) return nothingStored(hop);
  const open = decision.state === "fromCache" ? GONE : decision;
  const errand: Errand = { cache, request: hop.request, next, plan, policy, decision: open };
  if (plan.isHead) return yield* forwardHead(errand, heads);
  const mayShare = cache.coalesces && plan.isPlain && next !== null;
  return mayShare ? yield* shared(errand) : yield* alone(errand);
}

/** A stored response that was dropped since it was found. */
const GONE: Miss = { state: "miss", reason: "uri-miss" };

/** The stored response; `null` if its body is gone. */
function* fromCache(hop: Hop, plan: Lookup, decision: FromCache): DualFlow<Response | null> {
  const { cache } = hop;
  const { head, range, reason, isStale, revalidates } = decision;
  const body = plan.isHead ? null : yield* settled(cache.shelf.read(head));
  if (body === null && !plan.isHead) return null;
  const status = isStale ? "stale" : "hit";
  const { ageMs, ttlMs } = timesOf(head, cache);
  const outcome = { status, reason, ageMs, ttlMs, setsCookies: false } as const;
  if (revalidates) revalidateInBackground(hop, plan, head);
  return replay({ head, body, range }, outcome, cache);
}

/** One exchange for one caller. */
function* alone(errand: Errand): DualFlow<Response> {
  const fetched = yield* fetching(errand);
  if (fetched.kind === "received") return yield* recorded(errand, fetched);
  const range = errand.decision.state === "needsRevalidation" ? errand.decision.range : null;
  return replay({ ...fetched, range }, fetched.outcome, errand.cache);
}

/** A precondition of the caller's own is the server's to answer; what it says of a stored response is kept. */
function* passConditional(errand: Errand, heads: readonly StoredHead[]): DualFlow<Response> {
  const { cache, plan, request } = errand;
  const requestedAtMs = cache.now();
  const fetched = yield* sending(errand, request);
  const { status, headers: { lines: fields } } = fetched.response;
  if (status === 304 && entityTag(fields) !== null) {
    const head = heads.find((head) => selects(head, plan.fields) && confirms(fields, head));
    const times = { requestedAtMs, receivedAtMs: cache.now() };
    if (head !== undefined) {
      yield* settled(cache.shelf.updated(head, fields, { request: plan.fields, times }));
    }
  }
  return yield* recorded(errand, fetched);
}

/** RFC 9111 §4.3.5: what HEAD says of a stored response updates it, or makes it useless. */
function* forwardHead(errand: Errand, heads: readonly StoredHead[]): DualFlow<Response> {
  const { cache, request, plan, decision } = errand;
  const requestedAtMs = cache.now();
  const response = yield* exchange(request);
  const { status, headers: { lines: fields } } = response;
  if (status === 200) {
    const times = { requestedAtMs, receivedAtMs: cache.now() };
    for (const head of heads) {
      if (head.range !== null || !selects(head, plan.fields)) continue;
      yield* settled<unknown>(
        describesSame(fields, head)
          ? cache.shelf.updated(head, fields, { request: plan.fields, times })
          : cache.shelf.remove(head),
      );
    }
  }
  const { reason } = decision;
  const outcome = { status: "miss", reason, notStored: "HEAD", setsCookies: true } as const;
  return labelled(response, outcome, cache);
}

/** §4.4: a request that may have changed something makes what is stored about it useless, if it succeeded. */
function* sendUnsafe(hop: Hop, plan: Unsafe): DualFlow<Response> {
  const { cache, request } = hop;
  const requestedAtMs = cache.now();
  const response = yield* exchange(request);
  const bypassed = { status: "bypass", reason: "method", setsCookies: true } as const;
  const { status, headers: { lines: fields } } = response;
  if (status < 200 || status >= 400) return labelled(response, bypassed, cache);
  const keys = changedKeys(response, plan.key);
  endJoining(cache, keys);
  yield* settled(cache.shelf.invalidate(keys));
  const times = { requestedAtMs, receivedAtMs: cache.now() };
  const { reason_phrase: phrase } = response.extensions;
  const draft = { status, fields, reason: phrase ?? null, ...times };
  // RFC 9110 §9.3.3: a POST may answer with what a GET would.
  const isForGet = request.method === "POST" && status === 200 &&
    contentLocation(response, plan.key) === plan.key && whyNotStored(draft, plan.fields) === null;
  const head = isForGet ? cache.shelf.headOf(draft, plan) : null;
  if (head === null || freshnessFacts(head).explicitMs === null) {
    return labelled(response, bypassed, cache);
  }
  const since = cache.shelf.moment;
  return yield* recorded(
    { ...hop, plan },
    { kind: "received", response, head, outcome: bypassed, since },
  );
}

/** The URLs that the response is about: the request's, and those that it names on the same origin. */
function changedKeys({ headers }: Response, key: string): ReadonlySet<string> {
  const keys = new Set([key]);
  for (const name of ["location", "content-location"]) {
    const named = resolved(headers.get(name), key);
    if (named !== null && new URL(named).origin === new URL(key).origin) keys.add(named);
  }
  return keys;
}

function contentLocation({ headers }: Response, key: string): string | null {
  return resolved(headers.get("content-location"), key);
}

function resolved(reference: string | null, base: string): string | null {
  return reference !== null && URL.canParse(reference, base)
    ? keyOf(new URL(reference, base).href)
    : null;
}

/** Only a stored response will do. */
function wantsStoredAlone({ mode, directives }: Lookup): boolean {
  return mode === "only-if-cached" || directives.has("only-if-cached");
}

/** §5.2.1.7 */
function nothingStored({ cache, request }: Hop): Response {
  const outcome = {
    status: "miss",
    reason: "only-if-cached",
    notStored: "only-if-cached",
    setsCookies: false,
  } as const;
  return labelled(new Response(504, { request }), outcome, cache);
}

/** §5.2.2.2: the response of a cache that is cut off from the server, and must not use what it has. */
function unreachable({ cache, request }: Hop, error: unknown): Response {
  const outcome = {
    status: "miss",
    reason: "must-revalidate",
    notStored: "unreachable",
    error,
    setsCookies: false,
  } as const;
  return labelled(new Response(504, { request }), outcome, cache);
}
