/**
 * One flow for waiting and for blocking callers: a generator that yields requests and pauses. A pause is work that takes
 * time, and has both ways to do it. Auth flows, middleware and the client's own loop are written once in this form.
 */
import type { Request } from "./request.ts";
import { bodyOf, type Response } from "./response/response.ts";

/** Work that takes time. */
export class Pause<Value = unknown> {
  /** Does it without blocking. */
  readonly wait: () => Value | Promise<Value>;
  /** Does it before it returns; throws if that is impossible. */
  readonly block: () => Value;
  /** Whether `wait` ends with its call by itself, so that no driver has to bound it. */
  readonly endsItself: boolean;

  constructor(
    wait: () => Value | Promise<Value>,
    block: () => Value,
    { endsItself = false }: { readonly endsItself?: boolean } = {},
  ) {
    this.wait = wait;
    this.block = block;
    this.endsItself = endsItself;
  }
}

/** The steps of a flow. The driver answers a request with its response, and a pause with its value. */
export type DualFlow<Result = void> = Generator<Request | Pause, Result, unknown>;

/** Sends a request. */
export function* exchange(request: Request): DualFlow<Response> {
  return (yield request) as Response; // every driver answers a request so
}

/** Does work that takes time. */
export function* paused<Value>(
  wait: () => Value | Promise<Value>,
  block: () => Value,
): DualFlow<Value> {
  return (yield new Pause(wait, block)) as Value; // every driver answers a pause so
}

/** Reads the body of a response. */
export function* loaded(response: Response): DualFlow {
  yield new Pause<unknown>(() => response.read(), () => bodyOf(response).load(), {
    endsItself: true,
  });
}

/** Frees the connection of a response whose body decides nothing. A small body is kept; what is wrong with it is ignored. */
export function* discarded(response: Response): DualFlow {
  const discard = () => bodyOf(response).discard();
  yield* paused<unknown>(discard, discard);
}

/** How a flow is run by callers that wait. */
export interface WaitingDriver {
  /** Sends a request that the flow yields. */
  readonly send: (request: Request) => Promise<Response>;
  /** Bounds the work of pauses that do not end with their call themselves. Default: it is not bounded. */
  readonly bound?: (work: () => unknown) => Promise<unknown>;
}

/** Runs a flow to its result, waiting. What `send` and the pauses throw is thrown into the flow. */
export async function runWaiting<Result>(
  flow: DualFlow<Result>,
  { send, bound = async (work) => await work() }: WaitingDriver,
): Promise<Result> {
  let step = flow.next();
  while (!step.done) {
    let answer: unknown;
    try {
      const { value } = step;
      if (!(value instanceof Pause)) answer = await send(value);
      else answer = await (value.endsItself ? value.wait() : bound(value.wait));
    } catch (error) {
      step = flow.throw(error);
      continue;
    }
    step = flow.next(answer);
  }
  return step.value;
}

/** Runs a flow to its result, blocking. What `send` and the pauses throw is thrown into the flow. */
export function runBlocking<Result>(
  flow: DualFlow<Result>,
  send: (request: Request) => Response,
): Result {
  let step = flow.next();
  while (!step.done) {
    let answer: unknown;
    try {
      answer = step.value instanceof Pause ? step.value.block() : send(step.value);
    } catch (error) {
      step = flow.throw(error);
      continue;
    }
    step = flow.next(answer);
  }
  return step.value;
}

/** The requests of a flow, for a driver that waits: it yields them and is given their responses. */
export async function* awaitedFlow(flow: DualFlow): AsyncGenerator<Request, void, Response> {
  try {
    for (let step = flow.next(); !step.done;) {
      let answer: unknown;
      try {
        answer = step.value instanceof Pause ? await step.value.wait() : yield step.value;
      } catch (error) {
        step = flow.throw(error);
        continue;
      }
      step = flow.next(answer);
    }
  } finally {
    flow.return();
  }
}

/** The requests of a flow, for a driver that blocks: it yields them and is given their responses. */
export function* blockingFlow(flow: DualFlow): Generator<Request, void, Response> {
  try {
    for (let step = flow.next(); !step.done;) {
      let answer: unknown;
      try {
        answer = step.value instanceof Pause ? step.value.block() : yield step.value;
      } catch (error) {
        step = flow.throw(error);
        continue;
      }
      step = flow.next(answer);
    }
  } finally {
    flow.return();
  }
}
