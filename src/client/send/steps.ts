/**
 * What a call decides between its requests, without sending or waiting: the same for callers that wait and for those
 * that block.
 */
import type { Auth } from "../../auth/auth.ts";
import { HTTPError, TooManyRedirects } from "../../errors.ts";
import type { Cookies } from "../../message/cookies/jar.ts";
import type { Request, RequestExtensions } from "../../message/request.ts";
import { type DefaultEncoding, Response } from "../../message/response/response.ts";
import { Timeout } from "../../message/timeout.ts";
import type { ResponseLog } from "../../observe/logger.ts";
import { maskURL, nameOfRequest } from "../../observe/mask.ts";
import { carryCookies } from "./cookie_header.ts";
import { checkReplayable, redirectRequest, type RedirectRules } from "./redirects.ts";

/** What holds for one call. */
export interface CallRules {
  readonly auth: Auth | null;
  readonly followRedirects: boolean;
  /** Whose table of method changes holds. */
  readonly methodRules: RedirectRules;
  readonly maxRedirects: number;
  /** `null` where no jar is kept. */
  readonly cookies: Cookies | null;
  /** Whether the jar takes in what responses set. */
  readonly keepsCookies: boolean;
  readonly defaultEncoding: DefaultEncoding;
  /** `Infinity` is no limit. */
  readonly maxResponseBytes: number;
  /** Told of each response; `null` where nobody reads that. */
  readonly log: ResponseLog | null;
}

/** How far a call has come. */
export interface Course {
  readonly rules: CallRules;
  /** By the clock of `performance.now()`. */
  readonly startedAtMs: number;
  /** What the first request was given: later ones share it. */
  readonly extensions: RequestExtensions;
  readonly history: Response[];
  /** Since the last step of the auth flow. */
  redirects: number;
}

/** A request after the first: it has the call's timeouts, and what is left of the total. */
export function prepared(request: Request, { extensions, startedAtMs }: Course): Request {
  const { timeout } = extensions;
  if (!(timeout instanceof Timeout)) return request;
  if (timeout.total !== null) {
    const leftMs = Math.max(0, timeout.total - (performance.now() - startedAtMs));
    request.extensions = { ...request.extensions, timeout: timeout.rest(leftMs) };
  } else if (request.extensions.timeout === undefined) {
    request.extensions = { ...request.extensions, timeout };
  }
  return request;
}

/** Makes the response the client's: all that is known about it before anybody looks. */
export function arrive(
  response: Response,
  { request, course, startedAtMs }: {
    readonly request: Request;
    readonly course: Course;
    readonly startedAtMs: number;
  },
): void {
  const { rules, history } = course;
  if (!(response instanceof Response)) {
    throw new TypeError(
      "Cannot use what the transport returned: it is no Response of httpx",
    );
  }
  response.request = request;
  response.defaultEncoding = rules.defaultEncoding;
  response.limitBody(rules.maxResponseBytes);
  response.startElapsed(startedAtMs);
  rules.log?.(response);
  if (history.length > 0) response.history = [...history];
  if (!rules.keepsCookies || rules.cookies === null) return;
  const setCookies = response.headers.getSetCookie();
  if (setCookies.length > 0) rules.cookies.extractFrom(request.parsedURL, setCookies);
}

/**
 * The request of a redirect that is followed, or `null`. One that is not followed is offered to the caller; where it
 * can't be made, there is nothing to say: nobody asked.
 */
export function redirectOf(response: Response, course: Course): Request | null {
  if (!response.hasRedirectLocation) return null;
  const { rules } = course;
  const isFollowed = rules.followRedirects &&
    response.request.extensions.follow_redirects !== false;
  try {
    const next = redirectRequest(response, rules.methodRules);
    if (isFollowed) {
      if (++course.redirects > rules.maxRedirects) throw tooMany(next, response, rules);
      checkReplayable(next);
    }
    carryCookies(next, { response, jar: rules.cookies });
    if (isFollowed) return next;
    response.nextRequest = next;
  } catch (error) {
    if (isFollowed || !(error instanceof HTTPError)) throw error;
  }
  return null;
}

function tooMany(next: Request, response: Response, { maxRedirects }: CallRules): TooManyRedirects {
  const isLoop = [response, ...response.history].some(({ request }) =>
    request.url === next.url && request.method === next.method
  );
  const { request: first } = response.history[0] ?? response;
  return new TooManyRedirects(
    `Cannot follow more than ${maxRedirects} redirects of ${nameOfRequest(first)}: ` +
      `the next leads to ${maskURL(next.url)}; ${
        isLoop ? "it is a loop" : "maxRedirects allows more"
      }`,
    { request: response.request },
  );
}
