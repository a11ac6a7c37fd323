/** One call of a client, from its first request to its result: what holds for it, and what it has come to so far. */
import type { Auth } from "../auth/auth.ts";
import type { Call } from "../clock/call.ts";
import { CallDeadline } from "../clock/call_deadline.ts";
import type { Closing } from "../clock/closing.ts";
import type { ContentDecoding } from "../message/content/decoding/content_coding.ts";
import type { Cookies } from "../message/cookies/jar.ts";
import { copyRequest, type Request, type RequestExtensions } from "../message/request.ts";
import type { DefaultEncoding, Response } from "../message/response/response.ts";
import type { BodyLimits } from "../message/response/response_body.ts";
import { timeoutOf } from "../message/timeout.ts";
import type { ResponseLog } from "../observe/logger.ts";
import type { RedirectRules } from "./send/redirects.ts";
import type { CallCounts } from "./stats.ts";

/** What holds for one call. */
export interface CallRules {
  readonly auth: Auth | null;
  readonly followRedirects: boolean;
  /** Whether a status other than 2xx is an error. */
  readonly throwOnError: boolean;
  /** Whose table of method changes applies. */
  readonly methodRules: RedirectRules;
  readonly maxRedirects: number;
  /** `null` without a cookie jar. */
  readonly cookies: Cookies | null;
  /** Whether the jar takes in what responses set. */
  readonly keepsCookies: boolean;
  readonly defaultEncoding: DefaultEncoding;
  readonly bodyLimits: BodyLimits;
  /** Decodes what responses are encoded in; `null` leaves that to the transport. */
  readonly decoding: ContentDecoding | null;
  /** Notified of each response; `null` without a logger. */
  readonly log: ResponseLog | null;
  /** The counters of the client. */
  readonly counts: CallCounts;
}

/** The client's hooks, as functions of either client's way. */
export interface CallHooks {
  readonly request: readonly ((request: Request) => unknown)[];
  readonly response: readonly ((response: Response) => unknown)[];
}

/** What a call is made with. */
export interface ClientCallInit {
  readonly rules: CallRules;
  readonly hooks: CallHooks;
  readonly isStreamed: boolean;
  /** Whether it exceeds a default limit of connections rather than wait for it. Default: `false`. */
  readonly mayExceedLimits?: boolean;
  /** The closing of the client. */
  readonly closing: Closing;
}

/** One call. */
export class ClientCall {
  readonly rules: CallRules;
  readonly hooks: CallHooks;
  /** What transports and middleware know of it. */
  readonly facts: Call;
  /** By the clock of `performance.now()`. */
  readonly startedAtMs: number = performance.now();
  /** Responses before the result, oldest first. */
  readonly history: Response[] = [];
  /** Redirects since the last step of the auth flow. */
  redirects = 0;
  readonly #timeout: RequestExtensions["timeout"];

  /** Begins a call with its own first request: from now on its total timeout and its signal count. */
  constructor(request: Request, init: ClientCallInit) {
    const { rules, hooks, isStreamed, mayExceedLimits = false, closing } = init;
    const { extensions: { timeout }, signal } = request;
    const { total: totalMs } = timeoutOf(timeout);
    const { startedAtMs } = this;
    const deadline = new CallDeadline({
      totalMs,
      signal,
      request,
      startedAtMs,
      mayExceedLimits,
      closing,
    });
    this.rules = rules;
    this.hooks = hooks;
    const { bodyLimits: { maxBytes, maxRatio }, log } = rules;
    this.facts = {
      isStreamed,
      deadline,
      maxResponseBytes: maxBytes,
      maxDecodedRatio: maxRatio,
      log,
    };
    this.#timeout = timeout;
    request.extensions.call = this.facts;
  }

  /** Whether the caller reads the body; else it is read before the call ends. */
  get isStreamed(): boolean {
    return this.facts.isStreamed;
  }

  get deadline(): CallDeadline {
    return this.facts.deadline;
  }

  /** Whether nothing stands between the request and the transport. */
  get isPlain(): boolean {
    const { request, response } = this.hooks;
    return this.rules.auth === null && request.length === 0 && response.length === 0;
  }

  /** A later request of the call: it has the call's facts and timeouts. One that was made elsewhere is copied. */
  adopt(request: Request): Request {
    const { extensions } = request;
    if (extensions.call === this.facts && extensions.timeout !== undefined) return request;
    const { timeout = this.#timeout } = extensions;
    return copyRequest(request, { ...extensions, timeout, call: this.facts });
  }
}
