/** Drives an `Auth`, either kind of generator, with the bodies it needs read before its next step. */
import { Auth } from "../../auth/auth.ts";
import type { CallDeadline } from "../../clock/call_deadline.ts";
import { type DualFlow, loaded, paused } from "../../message/dual_flow.ts";
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";

type Steps = Generator<Request, void, Response>;
type AsyncSteps = AsyncGenerator<Request, void, Response>;
type Step = IteratorResult<Request, void>;

/** One run of an authentication, for one call. */
export class AuthFlow {
  readonly #auth: Auth;
  readonly #deadline: CallDeadline;
  #steps: Steps | AsyncSteps | null = null;

  constructor(auth: Auth, deadline: CallDeadline) {
    this.#auth = auth;
    this.#deadline = deadline;
  }

  /**
   * Returns the first request.
   *
   * @throws {TypeError} if the flow ends without one; when the caller blocks, also for a flow that has to be waited for
   */
  *begin(request: Request): DualFlow<Request> {
    const auth = this.#auth;
    if (auth.requiresRequestBody) yield* bodyRead(request);
    const begun = (steps: Steps | AsyncSteps) => (this.#steps = steps).next();
    // One pause for both: calls that begin in a row take their first steps in that order.
    const step = yield* this.#step(
      () => begun(auth.asyncAuthFlow?.(request) ?? auth.authFlow(request)),
      () => begun(blockingSteps(auth, request)),
    );
    if (!step.done) return step.value;
    throw new TypeError(
      `Cannot send ${request.method} request: ${auth.constructor.name} yielded none; yield the request`,
    );
  }

  /** Returns the request that comes next, or `null` if the response is the result. */
  *next(response: Response): DualFlow<Request | null> {
    if (this.#auth.requiresResponseBody) yield* loaded(response);
    const step = yield* this.#step(() => this.#running.next(response));
    return step.done ? null : step.value;
  }

  /** Throws into the flow what went wrong with its request. The caller gets that error, whatever the flow makes of it. */
  *fail(error: unknown): DualFlow {
    try {
      yield* this.#lastStep((steps) => steps.throw(error));
    } catch {
      // Most often the same error.
    }
  }

  /** Ends a flow that may be half way: its `finally` blocks run. */
  *end(): DualFlow {
    yield* this.#lastStep((steps) => steps.return());
  }

  get #running(): Steps | AsyncSteps {
    if (this.#steps === null) throw new Error("The auth flow has not begun");
    return this.#steps;
  }

  /** Blocking steps are a plain generator's. */
  #step(wait: () => Step | Promise<Step>, block = wait): DualFlow<Step> {
    return paused(wait, () => block() as Step);
  }

  /** Begins in any case; waits for it only while the call may go on, since the flow may be stuck in an earlier step. */
  *#lastStep(work: (steps: Steps | AsyncSteps) => Step | Promise<Step>): DualFlow {
    if (this.#steps === null) return;
    const ending = work(this.#steps);
    if (!(ending instanceof Promise)) return;
    ending.catch(() => {}); // reported by the step below
    if (!this.#deadline.isOver) yield* this.#step(() => ending);
  }
}

/** Reads the body of a request into memory. A caller that blocks has read it before (`sendSync()`). */
function bodyRead(request: Request): DualFlow<unknown> {
  return paused<unknown>(() => request.read(), () => request.content);
}

function blockingSteps(auth: Auth, request: Request): Steps {
  const isAsyncAlone = auth.asyncAuthFlow !== undefined &&
    auth.authFlow === Auth.prototype.authFlow;
  if (!isAsyncAlone) return auth.authFlow(request);
  throw new TypeError(
    `Cannot use ${auth.constructor.name} in a synchronous client: its asyncAuthFlow() has to be waited for, ` +
      "and it has no authFlow()",
  );
}
