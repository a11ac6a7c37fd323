/** Drives an `Auth` without promises, with the bodies it needs read before it looks. */
import { Auth } from "../auth/auth.ts";
import { FunctionAuth } from "../auth/function.ts";
import { readSync } from "../message/content/sync_source.ts";
import { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";

/** One run of an authentication, for one call. */
export class SyncAuthFlow {
  readonly #auth: Auth;
  readonly #steps: Generator<Request, void, Response>;

  /** @throws {TypeError} for a flow that can only be waited for */
  constructor(auth: Auth, request: Request) {
    this.#auth = auth;
    this.#steps = stepsOf(auth, request);
  }

  /**
   * The first request.
   *
   * @throws {TypeError} where the flow ends without one
   */
  begin(request: Request): Request {
    if (this.#auth.requiresRequestBody) readSync(request);
    const step = this.#steps.next();
    if (step.done) {
      throw new TypeError(
        `Cannot send ${request.method} request: ${this.#auth.constructor.name} yielded none; ` +
          "yield the request",
      );
    }
    return step.value;
  }

  /** The request that comes next, or `null` where the response is the result. */
  next(response: Response): Request | null {
    if (this.#auth.requiresResponseBody) response.load();
    const step = this.#steps.next(response);
    return step.done ? null : step.value;
  }

  /** Throws into the flow what went wrong with the request it yielded; what it makes of it is its own affair. */
  fail(error: unknown): void {
    try {
      this.#steps.throw(error);
    } catch {
      // The same error, as a rule. The caller gets the one that came first.
    }
  }

  /** Ends a flow that may be half way: its `finally` blocks run. */
  end(): void {
    this.#steps.return();
  }
}

function stepsOf(auth: Auth, request: Request): Generator<Request, void, Response> {
  if (auth instanceof FunctionAuth) return signed(auth, request);
  const isAsyncAlone = auth.asyncAuthFlow !== undefined &&
    auth.authFlow === Auth.prototype.authFlow;
  if (!isAsyncAlone) return auth.authFlow(request);
  throw new TypeError(
    `Cannot use ${auth.constructor.name} in a synchronous client: its asyncAuthFlow() has to be waited for, ` +
      "and it has no authFlow()",
  );
}

function* signed({ sign }: FunctionAuth, request: Request): Generator<Request, void, Response> {
  const signed: unknown = sign(request);
  if (signed instanceof Promise) signed.catch(() => {}); // the error below says more
  if (!(signed instanceof Request)) {
    const why = signed instanceof Promise ? "; a synchronous client can't wait for it" : "";
    throw new TypeError(
      `Cannot send what the auth function returned, of type ${typeof signed}: return the request${why}`,
    );
  }
  yield signed;
}
