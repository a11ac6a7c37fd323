/**
 * One flow for both kinds of callers, those that wait and those that block: a generator that yields requests, and, where
 * something has to be done that takes time, a pause that says both ways to do it.
 */
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";

/** Something that takes time. */
export class Pause<Value = unknown> {
  /** Does it while others go on. */
  readonly wait: () => Promise<Value>;
  /** Does it at once; throws where that can't be. */
  readonly block: () => Value;

  constructor(wait: () => Promise<Value>, block: () => Value) {
    this.wait = wait;
    this.block = block;
  }
}

/** The steps of a flow. It is given a response for each request, and for each pause what it came to. */
export type EitherSteps<Result = void> = Generator<Request | Pause, Result, unknown>;

/** Sends a request. */
export function* exchange(request: Request): EitherSteps<Response> {
  return (yield request) as Response; // whoever drives it gives one for each request
}

/** Does something that takes time. */
export function* paused<Value>(wait: () => Promise<Value>, block: () => Value): EitherSteps<Value> {
  return (yield new Pause(wait, block)) as Value; // whoever drives it gives what came of it
}

/** The flow for callers that wait. */
export async function* awaitedFlow(
  steps: EitherSteps,
): AsyncGenerator<Request, void, Response> {
  try {
    for (let step = steps.next(); !step.done;) {
      let given: unknown;
      try {
        given = step.value instanceof Pause ? await step.value.wait() : yield step.value;
      } catch (error) {
        step = steps.throw(error);
        continue;
      }
      step = steps.next(given);
    }
  } finally {
    steps.return();
  }
}

/** The flow for callers that block. */
export function* blockingFlow(steps: EitherSteps): Generator<Request, void, Response> {
  try {
    for (let step = steps.next(); !step.done;) {
      let given: unknown;
      try {
        given = step.value instanceof Pause ? step.value.block() : yield step.value;
      } catch (error) {
        step = steps.throw(error);
        continue;
      }
      step = steps.next(given);
    }
  } finally {
    steps.return();
  }
}

/** The body of a response, read. */
export function* loaded(response: Response): EitherSteps {
  yield* paused<unknown>(() => response.read(), () => response.load());
}
