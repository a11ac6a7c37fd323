/**
 * OAuth 2.0 between programs, RFC 6749 §4.4: a client's own credentials bring a token, the token goes with every request.
 *
 * ```text
 * fresh token? ──yes──▶ request ──401──▶ forget it ─┐
 *      no ◀─────────────────────────────────────────┘ once
 *      ├─ no refresh: yield the token request (this flow leads)
 *      └─ a refresh:  wait for the outcome
 * ```
 *
 * The token request is a step of the flow that leads, so it goes through the same client: its transport, proxy, TLS
 * settings and hooks.
 */
import { ReadTimeout, TimeoutException } from "../errors.ts";
import { bodySourceOf, type Request } from "../message/request.ts";
import { bodyOf, type Response } from "../message/response/response.ts";
import { Timeout, type TimeoutLike } from "../message/timeout.ts";
import { maskURL } from "../observe/mask.ts";
import { startTimeout } from "../runtime/timers.ts";
import { Auth } from "./auth.ts";
import {
  awaitedFlow,
  blockingFlow,
  discarded,
  type DualFlow,
  exchange,
  loaded,
  paused,
} from "../message/dual_flow.ts";
import { Refresh, type RefreshOutcome, SharedToken } from "./shared_token.ts";
import { readToken, type TokenClient, tokenRequest } from "./token_request.ts";

/** What `OAuth2ClientCredentials` needs to know. */
export interface OAuth2ClientCredentialsOptions {
  /** Where tokens are handed out; `http:` or `https:`. */
  readonly tokenURL: string | URL;
  /** The client's name at the authorization server. */
  readonly clientId: string;
  /** The client's password there. */
  readonly clientSecret: string;
  /** What the token shall be good for; a list is joined with spaces. Default: what the server likes. */
  readonly scope?: string | readonly string[] | undefined;
  /** The audience of the token, if the server needs it. */
  readonly audience?: string | undefined;
  /** Further parameters for the server. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  /** How the client says who it is: in `Authorization`, or in the form. Default: `"basic"`. */
  readonly authMethod?: "basic" | "post" | undefined;
  /** How long before its end a token is renewed, in milliseconds; half of its lifetime at most. Default: 30,000. */
  readonly expiryMargin?: number | undefined;
  /** For the token request. Default: 5 s for each phase, 30 s in all. A call's own `total` comes before it. */
  readonly timeout?: TimeoutLike | undefined;
}

const MARGIN_MS = 30_000;
const TIMEOUT = /* @__PURE__ */ new Timeout(5000, { total: 30_000 });

/**
 * A bearer token got with a client's own credentials, and renewed shortly before it ends. Concurrent requests share one
 * refresh; a 401 renews the token and sends the request once more, unless its body can be read once only.
 *
 * The token request goes through the client that uses it: hooks see it, and its response stands in the `history` of the
 * call that made it. A token endpoint's redirect is not followed.
 *
 * @example Ask once, use often
 * ```ts
 * import { Client, MockTransport, OAuth2ClientCredentials, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const paths: string[] = [];
 * const transport = new MockTransport((request) => {
 *   paths.push(request.parsedURL.pathname);
 *   return paths.length === 1
 *     ? new Response(200, { json: { access_token: "abc", token_type: "Bearer", expires_in: 600 } })
 *     : new Response(200, { text: request.headers.get("authorization") ?? "" });
 * });
 * const auth = new OAuth2ClientCredentials({
 *   tokenURL: "https://login.example.org/token",
 *   clientId: "robot",
 *   clientSecret: "s3cret",
 *   scope: ["read", "write"],
 * });
 * await using client = new Client({ transport, auth, baseURL: "https://example.org" });
 * const all = await Promise.all([client.get("/a"), client.get("/b"), client.get("/c")]);
 * assertEquals(await Promise.all(all.map((response) => response.text())), [
 *   ...["Bearer abc", "Bearer abc", "Bearer abc"],
 * ]);
 * assertEquals([paths[0], paths.length], ["/token", 4]);
 * ```
 */
export class OAuth2ClientCredentials extends Auth {
  readonly #client: TokenClient;
  readonly #token: SharedToken;

  /**
   * Keeps the credentials; nothing is asked before the first request.
   *
   * @param time where the present comes from; for tests
   * @throws {TypeError} for an option that is missing or of the wrong kind
   * @throws {RangeError} for a margin that is negative or no number
   */
  constructor(options: OAuth2ClientCredentialsOptions, time: { now(): number } = Date) {
    super();
    this.#client = tokenClient(options);
    this.#token = new SharedToken(checkedMargin(options.expiryMargin ?? MARGIN_MS), time);
  }

  /**
   * Sends the request with a token; where there is none, asks for one first, or waits for who asks.
   *
   * @throws {HTTPStatusError} where the token endpoint refuses; it has the server's reason
   * @throws {RemoteProtocolError} where its answer has no bearer token
   */
  override asyncAuthFlow(request: Request): AsyncGenerator<Request, void, Response> {
    return awaitedFlow(this.#steps(request));
  }

  /** The same for callers that block; it throws as `asyncAuthFlow()` does, and never waits. */
  override authFlow(request: Request): Generator<Request, void, Response> {
    return blockingFlow(this.#steps(request));
  }

  *#steps(request: Request): DualFlow {
    const token = yield* this.#obtain(request);
    request.headers.set("Authorization", `Bearer ${token}`);
    const response = yield* exchange(request);
    const { request: last } = response;
    // A redirect may have led to where the token did not go: that 401 says nothing about it.
    if (response.status !== 401 || last.headers.get("authorization") !== `Bearer ${token}`) return;
    this.#token.forget(token);
    if (bodySourceOf(last)?.isReplayable === false) return;
    yield* discarded(response); // frees its connection: the token request may wait for it
    last.headers.set("Authorization", `Bearer ${yield* this.#obtain(last)}`);
    yield* exchange(last);
  }

  *#obtain(request: Request): DualFlow<string> {
    while (true) {
      const fresh = this.#token.fresh();
      if (fresh !== null) return fresh;
      const { running } = this.#token;
      if (running === null) return yield* this.#ask(request, this.#token.lead());
      const outcome = yield* paused(
        () => waitFor(running, { request, url: this.#client.url }),
        () => null,
      );
      // The leading flow can't continue before this call ends: this one sends its own request.
      if (outcome === null) return yield* this.#ask(request, new Refresh(() => {}));
      if (outcome.kind === "failed") throw outcome.error;
      if (outcome.kind === "issued") return outcome.value;
    }
  }

  /** Leads a refresh: however it ends, the waiting flows get its outcome. */
  *#ask(request: Request, refresh: Refresh): DualFlow<string> {
    try {
      const response = yield* exchange(tokenRequest(this.#client, request));
      bodyOf(response).lowerLimit(MAX_ANSWER_BYTES, "for an answer with a token");
      yield* loaded(response);
      const issued = readToken(response, this.#client);
      this.#token.keep(issued);
      refresh.end({ kind: "issued", value: issued.value });
      return issued.value;
    } catch (error) {
      if (!isOfOneCall(error, request)) refresh.end({ kind: "failed", error });
      throw error;
    } finally {
      refresh.end({ kind: "abandoned" });
    }
  }
}

/** Answers of token endpoints have a few kilobytes at most. */
const MAX_ANSWER_BYTES = 1_048_576;

/** Whether the call itself was given up or out of time: no reason for others to fail. */
function isOfOneCall(error: unknown, request: Request): boolean {
  return request.signal?.aborted === true ||
    (error instanceof TimeoutException && totalOf(request) !== null);
}

function totalOf({ extensions: { timeout } }: Request): number | null {
  return timeout instanceof Timeout ? timeout.total : null;
}

/** The outcome of another's refresh, unless this call is given up or out of time before. */
function waitFor(
  { outcome }: Refresh,
  { request, url }: { readonly request: Request; readonly url: string },
): Promise<RefreshOutcome> {
  const { signal } = request;
  const totalMs = totalOf(request);
  let cleanUp = () => {};
  return new Promise<RefreshOutcome>((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    const onLate = () => reject(tooLate(request, { url, totalMs }));
    const stop = totalMs === null ? null : startTimeout(onLate, totalMs);
    cleanUp = () => {
      signal?.removeEventListener("abort", onAbort);
      stop?.();
    };
    outcome.then(resolve);
  }).finally(() => cleanUp());
}

function tooLate(
  request: Request,
  { url, totalMs }: { readonly url: string; readonly totalMs: number | null },
): ReadTimeout {
  return new ReadTimeout(
    `Cannot send ${request.method} ${maskURL(request.url)}: no token came from ${maskURL(url)} ` +
      `within ${totalMs} ms (total)`,
    { request, requestSent: "no", safeToRetry: true },
  );
}

function tokenClient(options: OAuth2ClientCredentialsOptions): TokenClient {
  const { clientId, clientSecret, scope, audience, params, authMethod = "basic" } = options;
  for (const [name, value] of Object.entries({ clientId, clientSecret })) {
    if (typeof value !== "string") throw badOption(name, "give a string");
  }
  if (authMethod !== "basic" && authMethod !== "post") {
    throw badOption("authMethod", 'give "basic" or "post"');
  }
  const parameters = Object.entries({
    scope: typeof scope === "object" ? scope.join(" ") : scope,
    audience,
    ...params,
  }).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const timeout = Timeout.from(options.timeout === undefined ? TIMEOUT : options.timeout, TIMEOUT);
  const url = checkedURL(options.tokenURL);
  return { url, clientId, clientSecret, authMethod, parameters, timeout };
}

function checkedURL(url: string | URL): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw badOption("tokenURL", "give an absolute http or https URL");
  }
  return parsed.href;
}

function checkedMargin(expiryMargin: number): number {
  if (typeof expiryMargin === "number" && expiryMargin >= 0) return expiryMargin || 0;
  throw new RangeError(
    `Cannot use option "expiryMargin": ${String(expiryMargin)} is no number of milliseconds`,
  );
}

function badOption(name: string, advice: string): TypeError {
  return new TypeError(`Cannot use option "${name}" of OAuth2ClientCredentials: ${advice}`);
}
