/**
 * The Digest scheme, RFC 7616 and RFC 2617 before it: the password stays here, a hash of it over the server's nonce is
 * sent. The first request of an origin is sent bare and its 401 answered; those after it carry credentials unasked, made
 * of the last challenge, with a count that the server checks. Credentials that answer a challenge and are refused end
 * the flow, unless the server calls their nonce stale.
 *
 * Credentials hold for one method and one URI, so a redirect drops them; the 401 where it leads is answered there, if
 * that is the same origin.
 */
import { StreamConsumed } from "../errors.ts";
import { syncPieces } from "../message/content/source/sync_source.ts";
import { addressOf, bodySourceOf, readSync, type Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { maskURL } from "../observe/mask.ts";
import { type FieldLines, findField } from "../semantics/fields.ts";
import { Auth } from "./auth.ts";
import {
  ChallengeError,
  chooseDigestChallenge,
  type DigestChallenge,
  parseParameterList,
} from "./digest_challenge.ts";
import {
  awaitedFlow,
  blockingFlow,
  type DualFlow,
  exchange,
  paused,
} from "../message/dual_flow.ts";
import {
  digestAuthorization,
  type DigestUser,
  digestUser,
  hasDigestHashes,
  startHash,
} from "./digest_credentials.ts";

/** Challenges answered in one call: one, and room for stale nonces and for redirects between protected pages. */
const MAX_ANSWERS = 10;

/** Origins whose challenges are remembered. */
const MAX_SESSIONS = 100;

/** A challenge in use. */
interface Session {
  readonly challenge: DigestChallenge;
  /** Requests that have used the nonce. */
  count: number;
  /** The nonces that `-sess` keeps. */
  readonly first: { readonly nonce: string; readonly cnonce: string };
}

/**
 * User name and password by the Digest scheme: MD5, SHA, SHA-256, SHA-512, SHA-512-256, each also `-sess`; `qop` `auth`,
 * `auth-int` and none; the strongest of several challenges is answered.
 *
 * A body that can be read once only can't be sent again after a 401: give bytes, a Blob or a file.
 *
 * @example A server that asks
 * ```ts
 * import { Client, DigestAuth, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals, assertMatch } from "@std/assert";
 *
 * const challenge = 'Digest realm="home", nonce="7ypf", qop="auth", algorithm=SHA-256';
 * const transport = new MockTransport((request) => {
 *   const given = request.headers.get("authorization");
 *   if (given !== null) return new Response(200, { text: given });
 *   return new Response(401, { headers: { "www-authenticate": challenge } });
 * });
 * await using client = new Client({ transport, auth: new DigestAuth("ada", "lovelace") });
 * const response = await client.get("https://example.org/notes");
 * assertEquals([response.status, response.history.length], [200, 1]);
 * assertMatch(await response.text(), /^Digest username="ada", realm="home", uri="\/notes", /);
 * ```
 */
export class DigestAuth extends Auth {
  readonly #user: DigestUser;
  /** By origin, the one used longest ago first. */
  readonly #sessions = new Map<string, Session>();

  /**
   * Keeps the credentials.
   *
   * @throws {TypeError} for a runtime without `node:crypto`; Deno, Bun and Node have it
   */
  constructor(username: string, password: string) {
    super();
    if (typeof username !== "string" || typeof password !== "string") {
      throw new TypeError("Cannot make digest credentials: give user name and password as strings");
    }
    if (!hasDigestHashes()) {
      throw new TypeError(
        "Cannot make digest credentials: this runtime has no node:crypto, and the web's has no MD5",
      );
    }
    this.#user = digestUser(username, password);
  }

  /**
   * Answers what the server asks for; two steps, or one if its last challenge is still valid. A challenge that breaks the
   * grammar, lacks realm or nonce, or wants what is unknown is not answered: the caller gets the 401.
   *
   * @throws {StreamConsumed} where the body would have to be sent again, and can't be
   */
  override asyncAuthFlow(request: Request): AsyncGenerator<Request, void, Response> {
    return awaitedFlow(this.#steps(request));
  }

  /** The same for callers that block; it throws as `asyncAuthFlow()` does. */
  override authFlow(request: Request): Generator<Request, void, Response> {
    return blockingFlow(this.#steps(request));
  }

  *#steps(request: Request): DualFlow {
    const known = this.#sessions.get(addressOf(request).origin);
    if (known !== undefined && covers(known.challenge, request)) yield* this.#sign(request, known);
    let next = request;
    let refused: string | null = null;
    for (let answers = 0;; answers++) {
      const response = yield* exchange(next);
      const { request: last } = response;
      if (!isSameServer(request, last) || bringsCredentials(next, last)) return;
      const isRefusal = refused !== null && refused === authorizationOf(last);
      if (response.status !== 401) return this.#follow(response);
      const challenge = challengeOf(response);
      const isOver = challenge === null || (isRefusal && !challenge.isStale);
      if (isOver || answers === MAX_ANSWERS) {
        this.#sessions.delete(addressOf(last).origin);
        return;
      }
      checkReplayable(last);
      resendCookies(last, response);
      yield* this.#sign(last, this.#begin(challenge, addressOf(last).origin));
      refused = authorizationOf(last);
      next = last;
    }
  }

  /** The session of a challenge. Where concurrent requests were given the same one, its count goes on. */
  #begin(challenge: DigestChallenge, origin: string): Session {
    const known = this.#sessions.get(origin);
    this.#sessions.delete(origin);
    const isKnown = known !== undefined && isSame(known.challenge, challenge);
    const first = { nonce: challenge.nonce, cnonce: clientNonce() };
    const session = isKnown ? known : { challenge, count: 0, first };
    this.#sessions.set(origin, session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    return session;
  }

  *#sign(request: Request, session: Session): DualFlow {
    const { challenge, first } = session;
    const bodyHash = challenge.qop === "auth-int" ? yield* bodyHashOf(request, challenge) : "";
    const { target } = request.extensions;
    const authorization = digestAuthorization(this.#user, {
      challenge,
      method: request.method,
      uri: typeof target === "string" ? target : addressOf(request).requestTarget,
      count: ++session.count,
      cnonce: challenge.isSession || session.count === 1 ? first.cnonce : clientNonce(),
      session: first,
      bodyHash,
    });
    request.headers.set("Authorization", authorization);
  }

  /** Takes the nonce that a server wants to see next (RFC 7616 §3.5). */
  #follow({ request, headers }: Response): void {
    const { origin } = addressOf(request);
    const session = this.#sessions.get(origin);
    const info = findField(headers.lines, "authentication-info");
    if (session === undefined || info === null) return;
    const nonce = nextNonce(info);
    if (nonce === null || nonce === session.challenge.nonce) return;
    const challenge = { ...session.challenge, nonce };
    const first = challenge.isSession ? session.first : { nonce, cnonce: clientNonce() };
    this.#sessions.set(origin, { challenge, count: 0, first });
  }
}

/** `null` where it says nothing, or nothing that can be read: what was asked for has come all the same. */
function nextNonce(info: string): string | null {
  try {
    return parseParameterList(info).get("nextnonce") ?? null;
  } catch (error) {
    if (error instanceof ChallengeError) return null;
    throw error;
  }
}

/** `null` if there is none that can be answered. */
function challengeOf({ headers }: Response): DigestChallenge | null {
  try {
    return chooseDigestChallenge(valuesOf(headers.lines, "www-authenticate"));
  } catch (error) {
    if (error instanceof ChallengeError) return null;
    throw error;
  }
}

/** As bytes, a field line each: one that is broken does not spoil the others. */
function valuesOf(lines: FieldLines, name: string): string[] {
  return lines.filter((_, i) => i % 2 === 1 && lines[i - 1]?.toLowerCase() === name);
}

function authorizationOf(request: Request): string | null {
  return findField(request.headers.lines, "authorization");
}

/** Whether one nonce is counted for both. */
function isSame(one: DigestChallenge, other: DigestChallenge): boolean {
  return (["nonce", "realm", "opaque", "algorithm", "qop"] as const).every((name) =>
    one[name] === other[name]
  );
}

/** Whether credentials may go unasked: all over the origin, or where `domain` says (RFC 7616 §3.3). */
function covers({ domain }: DigestChallenge, { parsedURL }: Request): boolean {
  if (domain.length === 0) return true;
  return domain.some((uri) => {
    const space = URL.canParse(uri, parsedURL) ? new URL(uri, parsedURL) : null;
    return space?.origin === parsedURL.origin && parsedURL.pathname.startsWith(space.pathname);
  });
}

/** Whether `Location` had credentials: the caller's are not sent in their place. */
function bringsCredentials(first: Request, last: Request): boolean {
  const authorization = authorizationOf(last);
  return first !== last && authorization !== null && authorization !== authorizationOf(first);
}

/** Whether a redirect has stayed on the origin, or went only from its http to its https, each on its default port. */
function isSameServer(one: Request, other: Request): boolean {
  const [from, to] = [addressOf(one), addressOf(other)];
  return from.origin === to.origin ||
    from.host === to.host && from.port === 80 && to.port === 443 && to.scheme === "https";
}

function checkReplayable(request: Request): void {
  const { method, url } = request;
  const bodySource = bodySourceOf(request);
  if (bodySource === null || bodySource.isReplayable) return;
  throw new StreamConsumed(
    `Cannot answer the digest challenge of ${method} ${
      maskURL(url)
    }: the body was a stream, which is ` +
      "read once; give bytes, a Blob or a file",
  );
}

/** Sends the cookies of the 401 back: some servers know by them which challenge is answered. */
function resendCookies(request: Request, response: Response): void {
  if (response.headers.getSetCookie().length === 0) return;
  const fresh = response.cookies.headerFor(request.parsedURL);
  if (fresh === null) return;
  const names = new Set(fresh.split("; ").map(cookieName));
  const sent = valuesOf(request.headers.lines, "cookie").flatMap((value) => value.split(/; */));
  const kept = sent.filter((pair) => !names.has(cookieName(pair)));
  request.headers.set("Cookie", [...kept, fresh].join("; "));
}

function cookieName(pair: string): string {
  return /^[^=]*/.exec(pair)?.[0].trim() ?? "";
}

function bodyHashOf(request: Request, challenge: DigestChallenge): DualFlow<string> {
  return paused(() => hashBody(request, challenge), () => hashBodySync(request, challenge));
}

function hashBodySync(request: Request, { hash: name }: DigestChallenge): string {
  const hash = startHash(name);
  const bodySource = bodySourceOf(request);
  if (bodySource?.bytes === null && bodySource.isReplayable) {
    for (const piece of syncPieces(bodySource)) hash.update(piece);
  } else {
    readSync(request);
    hash.update(request.content);
  }
  return hash.digest("hex");
}

/** What can be read again is hashed piece by piece, the rest is read into memory first. */
async function hashBody(request: Request, { hash: name }: DigestChallenge): Promise<string> {
  const hash = startHash(name);
  const bodySource = bodySourceOf(request);
  if (bodySource?.bytes === null && bodySource.isReplayable) {
    for await (const chunk of request.stream) hash.update(chunk);
  } else {
    hash.update(await request.read());
  }
  return hash.digest("hex");
}

/** 16 hex digits, as httpx sends. */
function clientNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
