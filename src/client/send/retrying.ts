/**
 * The option `retry` of a client and of its calls: it stands innermost, around each transport. The code that retries is
 * loaded with the first call that asks for it.
 */
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import { checkRetry, type RetryLike, type RetryRules } from "../../message/retry_options.ts";
import type { DualMiddleware } from "../../middleware/middleware.ts";
import type { Transport } from "../../transports/transport.ts";
import type { Routing } from "./send.ts";

/** What retries for one client. */
export class ClientRetry {
  readonly #rules: RetryRules | null;
  #retrier: DualMiddleware | null = null;
  #loading: Promise<DualMiddleware> | null = null;

  /**
   * Checks the client's option.
   *
   * @throws {TypeError} for an unknown name, or a value of the wrong kind
   */
  constructor(option: RetryLike | undefined) {
    this.#rules = checkRetry(option);
  }

  /** Whether a request is sent again if need be. */
  concerns({ extensions: { retry } }: Request): boolean {
    return retry === undefined ? this.#rules !== null : retry !== null;
  }

  /** The transports of a client, each behind the retries. */
  around(route: Routing): Routing {
    const made = new Map<Transport, Transport>();
    return (target) => {
      const transport = route(target);
      let retrying = made.get(transport);
      if (retrying === undefined) {
        retrying = this.#aroundOne(transport);
        made.set(transport, retrying);
      }
      return retrying;
    };
  }

  #aroundOne(transport: Transport): Transport {
    const next = (request: Request): Promise<Response> => transport.handleRequest(request);
    return {
      keepsDeadline: transport.keepsDeadline === true,
      handleRequest: (request) =>
        this.#retrier === null
          ? this.#load().then((retrier) => retrier.handle(request, next))
          : this.#retrier.handle(request, next),
    };
  }

  /** Loads the code once; a failure is not kept, so the next call tries again. */
  #load(): Promise<DualMiddleware> {
    return this.#loading ??= import("../../middleware/retry/retry.ts").then(
      ({ makeRetrier }) => this.#retrier = makeRetrier(this.#rules),
    ).finally(() => this.#loading = null);
  }
}
