/** What a call decides between its requests, without sending or waiting. */
import { HTTPError, TooManyRedirects } from "../../errors.ts";
import { unknownCharsetOf } from "../../message/content/charset.ts";
import type { Request } from "../../message/request.ts";
import { bodyOf, Response } from "../../message/response/response.ts";
import type { ResponseLog } from "../../observe/logger.ts";
import { maskURL, nameOfRequest } from "../../observe/mask.ts";
import { carryCookies } from "./cookie_header.ts";
import type { CallRules, ClientCall } from "../call.ts";
import { checkReplayable, redirectRequest } from "./redirects.ts";
import { prepareJar } from "../../message/cookies/jar.ts";

/**
 * Completes a response with what the client knows of it, before any of the caller's code sees it. Returns a promise if its
 * cookies are stored later: when the Public Suffix List is loaded.
 *
 * @throws {TypeError} for anything but a `Response` of this library
 */
export function receive(
  response: Response,
  { request, call, startedAtMs }: {
    readonly request: Request;
    readonly call: ClientCall;
    readonly startedAtMs: number;
  },
): Promise<void> | null {
  const { rules, history, deadline } = call;
  if (!(response instanceof Response)) {
    throw new TypeError("Cannot use what the transport returned: it is not a Response of httpx");
  }
  rules.counts.onResponse(response);
  response.request = request;
  response.defaultEncoding = rules.defaultEncoding;
  const body = bodyOf(response);
  body.limits = rules.bodyLimits;
  if (rules.decoding !== null) body.decoding = rules.decoding;
  body.boundBy(deadline);
  body.startElapsed(startedAtMs);
  if (rules.log !== null) logResponse(response, rules.log);
  if (history.length > 0) response.history = [...history];
  const { cookies } = rules;
  if (!rules.keepsCookies || cookies === null) return null;
  if (response.extensions.cache?.setsCookies === false) return null; // they were taken when it was stored
  const setCookies = response.headers.getSetCookie();
  if (setCookies.length === 0) return null;
  const store = () => cookies.extractFrom(request.parsedURL, setCookies);
  const loading = prepareJar(cookies, setCookies);
  if (loading !== null) return loading.then(store);
  store();
  return null;
}

function logResponse(response: Response, log: ResponseLog): void {
  log(response);
  const charset = unknownCharsetOf(response.headers.get("content-type"));
  if (charset === null) return;
  const subject = `the response to ${nameOfRequest(response.request)}`;
  log.warn(
    `Unknown charset ${
      JSON.stringify(charset.slice(0, 50))
    } of ${subject}: its text is decoded as defaultEncoding says`,
  );
}

/**
 * Returns the request of a redirect that is followed, or `null`. One that is not followed becomes `nextRequest`; if that
 * can't be made, the response has none.
 */
export function redirectOf(response: Response, call: ClientCall): Request | null {
  if (!response.hasRedirectLocation) return null;
  const { rules } = call;
  const isFollowed = rules.followRedirects &&
    response.request.extensions.follow_redirects !== false;
  try {
    const next = redirectRequest(response, rules.methodRules);
    if (isFollowed) {
      if (++call.redirects > rules.maxRedirects) throw tooMany(next, response, rules);
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
