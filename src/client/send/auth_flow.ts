/**
 * Drives an `Auth`: whichever kind of generator it wrote, with the bodies it needs read before it looks.
 */
import type { Auth } from "../../auth/auth.ts";
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";

/** One run of an authentication, for one call. */
export class AuthFlow {
  readonly #auth: Auth;
  readonly #steps: Generator<Request, void, Response> | AsyncGenerator<Request, void, Response>;

  constructor(auth: Auth, request: Request) {
    this.#auth = auth;
    this.#steps = auth.asyncAuthFlow?.(request) ?? auth.authFlow(request);
  }

  /**
   * The first request.
   *
   * @throws {TypeError} where the flow ends without one
   */
  async begin(request: Request): Promise<Request> {
    if (this.#auth.requiresRequestBody) await request.read();
    const step = await this.#steps.next();
    if (step.done) {
      throw new TypeError(
        `Cannot send ${request.method} request: ${this.#auth.constructor.name} yielded none; ` +
          "yield the request",
      );
    }
    return step.value;
  }

  /** The request that comes next, or `null` where the response is the result. */
  async next(response: Response): Promise<Request | null> {
    if (this.#auth.requiresResponseBody) await response.read();
    const step = await this.#steps.next(response);
    return step.done ? null : step.value;
  }

  /** Throws into the flow what went wrong with the request it yielded; what it makes of it is its own affair. */
  async fail(error: unknown): Promise<void> {
    try {
      await this.#steps.throw(error);
    } catch {
      // The same error, as a rule. The caller gets the one that came first.
    }
  }

  /** Ends a flow that may be half way: its `finally` blocks run. */
  async end(): Promise<void> {
    await this.#steps.return();
  }
}
