/** Functions that the worker wants called: they run in the caller's thread, while it waits for the worker. */
import { headersFromLines } from "../../message/headers.ts";
import type { Request } from "../../message/request.ts";
import type { TraceCallback, TraceEvent } from "../../observe/trace.ts";
import type { HTTPTransportOptions } from "../../transports/http_transport.ts";
import type { OnInformational } from "../../transports/routing/outgoing.ts";
import { infoFrom } from "../thread/callbacks.ts";
import type { CallHead } from "../thread/messages.ts";

/** For resolvers, whose signal aborts when no call waits any more: here one always does. */
const NEVER: AbortSignal = new AbortController().signal;

/** The functions of one transport, and of its requests. */
export class CallerCallbacks {
  readonly #options: HTTPTransportOptions;

  constructor(options: HTTPTransportOptions) {
    this.#options = options;
  }

  /**
   * Calls one.
   *
   * @throws {TypeError} for one that has to be waited for; what it throws
   */
  run({ name, args }: CallHead, request: Request | null): unknown {
    const { resolve, logger } = this.#options;
    const { on_informational: onInformational, trace } = request?.extensions ?? {};
    switch (name) {
      case "log":
        return void logger?.debug(String(args[0]));
      case "resolve":
        if (typeof resolve !== "function") return null;
        return atOnce("option resolve", resolve(String(args[0]), { signal: NEVER }));
      case "informational": {
        const [status, lines] = args as [number, readonly string[]];
        return atOnce(
          "extension on_informational",
          (onInformational as OnInformational)(status, headersFromLines(lines)),
        );
      }
      case "trace": {
        if (request === null) return null;
        const [event, info] = args as [TraceEvent, Record<string, unknown>];
        const returned = (trace as TraceCallback)(event, infoFrom(info, request));
        return atOnce("extension trace", returned);
      }
    }
  }
}

function atOnce(what: string, given: unknown): unknown {
  if (!(given instanceof Promise)) return given;
  given.catch(() => {}); // the error below says more
  throw new TypeError(
    `Cannot use ${what} in a synchronous client: the function is asynchronous, and the client can't wait for it`,
  );
}
