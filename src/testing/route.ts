/** One route of a `MockRouter`: what it takes, and the answers it has for that, in order. */
import type { Request } from "../message/request.ts";
import { Response, type ResponseInit } from "../message/response/response.ts";
import { compare, type Comparison, type RouteMatch, usedUp } from "./match.ts";
import type { RoutePattern } from "./route_pattern.ts";

/** What a route answers with. */
export type Reply =
  | Response
  | globalThis.Response
  | Promise<Response | globalThis.Response>;

/** What a function that answers gets beside the request. */
export interface RouteInfo {
  /** The named segments of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** Answers a request; the request's body is in memory. */
export type Replier = (request: Request, info: RouteInfo) => Reply;

/** One request that a router was given, and how it ended. */
export interface RoutedCall {
  /** As it arrived: after auth, redirects and middleware. */
  readonly request: Request;
  /** The route that took it; `null` if none did. */
  readonly route: Route | null;
}

/** What happens when it is an answer's turn. */
export type Turn =
  | { readonly kind: "reply"; readonly reply: Replier; readonly delayMs: number }
  | { readonly kind: "error"; readonly error: () => Error; readonly delayMs: number }
  | { readonly kind: "passThrough"; readonly delayMs: number };

/** An answer, and how often it is given. */
interface Answer {
  turn: Turn;
  left: number;
}

/**
 * A route; made by `api.get(…)` and the like. Answers are given in the order in which they were added; one without a number
 * of times is given from then on.
 *
 * @example First unavailable, then there
 * ```ts
 * import { Client } from "@httpx/httpx";
 * import { MockRouter } from "@httpx/httpx/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const api = new MockRouter({ baseURL: "https://api.example" });
 * const route = api.get("/users/:id")
 *   .replyOnce(503)
 *   .reply((_, { params }) => Response.json({ id: params.id }));
 *
 * await using client = new Client({ transport: api, baseURL: "https://api.example" });
 * assertEquals((await client.get("/users/7")).status, 503);
 * assertEquals(await (await client.get("/users/7")).json(), { id: "7" });
 * assertEquals(route.calls.length, 2);
 * ```
 */
export class Route {
  /** The method, or `null` for any. */
  readonly method: string | null;
  /** Every request that it took, oldest first. */
  readonly calls: RoutedCall[] = [];
  readonly #pattern: RoutePattern;
  readonly #match: RouteMatch;
  readonly #answers: Answer[] = [];

  /** @ignore Made by a `MockRouter`. */
  constructor(method: string | null, pattern: RoutePattern, match: RouteMatch) {
    this.method = method;
    this.#pattern = pattern;
    this.#match = match;
  }

  /** Answers from now on: with a status and what a response is made of, or by a function. */
  reply(answer: number | Replier, init?: ResponseInit): this {
    return this.#add(answer, init, Infinity);
  }

  /** Answers one request. */
  replyOnce(answer: number | Replier, init?: ResponseInit): this {
    return this.#add(answer, init, 1);
  }

  /** Fails from now on with this error, or with one that the function makes for each request, as a transport would. */
  error(error: Error | (() => Error)): this {
    const make = typeof error === "function" ? error : () => error;
    this.#answers.push({ turn: { kind: "error", error: make, delayMs: 0 }, left: Infinity });
    return this;
  }

  /** Sends requests on to the router's own transport. */
  passThrough(): this {
    this.#answers.push({ turn: { kind: "passThrough", delayMs: 0 }, left: Infinity });
    return this;
  }

  /**
   * Gives the last answer so often, and no more.
   *
   * @throws {TypeError} before there is an answer
   * @throws {RangeError} for a number below 1
   */
  times(count: number): this {
    if (!(Number.isInteger(count) && count >= 1)) {
      throw new RangeError(`Cannot answer ${count} times: give a whole number, 1 or more`);
    }
    this.#last("times()").left = count;
    return this;
  }

  /**
   * Gives the last answer after so many milliseconds; a timeout or signal of the call that is over first ends it.
   *
   * @throws {TypeError} before there is an answer
   * @throws {RangeError} for a number below 0
   */
  delay(ms: number): this {
    if (!(ms >= 0 && ms <= 0x7fff_ffff)) {
      throw new RangeError(`Cannot wait for ${ms} ms: give a number of milliseconds, 0 or more`);
    }
    const answer = this.#last("delay()");
    answer.turn = { ...answer.turn, delayMs: ms };
    return this;
  }

  /** Whether everything was asked for that is given a number of times, and something at all. */
  get isDone(): boolean {
    const isWaiting = this.#answers.some(({ left }) => Number.isFinite(left) && left > 0);
    return this.calls.length > 0 && !isWaiting;
  }

  /** `GET /users/:id` */
  toString(): string {
    return `${this.method ?? "any method"} ${this.#pattern.source}`;
  }

  /** @ignore How it compares with a request. */
  compare(request: Request): Comparison {
    const pattern = this.#pattern;
    const comparison = compare(request, { method: this.method, pattern, match: this.#match });
    if (comparison.kind === "difference" || this.#current() !== undefined) return comparison;
    return usedUp(
      this.#answers.length === 0
        ? "it has no answer; add reply()"
        : `all its answers are used up, after ${this.calls.length} calls`,
    );
  }

  /** @ignore Takes a request that compares equal: what is to be done for it. */
  take(request: Request): Turn {
    const answer = this.#current();
    if (answer === undefined) throw new Error(`Cannot answer by ${this}: no answer is left`);
    answer.left--;
    this.calls.push({ request, route: this });
    return answer.turn;
  }

  #current(): Answer | undefined {
    return this.#answers.find(({ left }) => left > 0);
  }

  #add(answer: number | Replier, init: ResponseInit | undefined, left: number): this {
    // Nothing asks for a later answer while an endless one is there.
    const reply = typeof answer === "function" ? answer : () => new Response(answer, init);
    if (typeof answer === "number") new Response(answer, init); // what is wrong with it, said here
    this.#answers.push({ turn: { kind: "reply", reply, delayMs: 0 }, left });
    return this;
  }

  #last(what: string): Answer {
    const answer = this.#answers.at(-1);
    if (answer === undefined) throw new TypeError(`Cannot use ${what} before reply()`);
    return answer;
  }
}
