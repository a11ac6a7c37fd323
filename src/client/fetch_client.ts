/** The client over the runtime's `fetch`: no socket code can be reached from here. */
import { Cookies } from "../message/cookies/jar.ts";
import { FetchTransport, refuseForFetch } from "../transports/fetch_transport.ts";
import type { Transport } from "../transports/transport.ts";
import { BaseClient } from "./base_client.ts";
import { checkTransport } from "./routing/mounts.ts";
import { checkOptionNames } from "../options/bad_option.ts";
import { type BaseClientOptions, CLIENT_OPTION_NAMES } from "./options/options.ts";

/**
 * Options of a `FetchClient`: those of a `Client` that `fetch` can honour.
 *
 * @example What fetch can honour
 * ```ts
 * import { Client, type ClientOptions } from "@httpx/httpx/fetch";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ClientOptions = { timeout: 3000, followRedirects: true };
 * await using client = new Client(options);
 * assertEquals(client.followRedirects, true);
 * ```
 */
export interface FetchClientOptions extends BaseClientOptions {
  /** For every URL that no mount takes. Default: a `FetchTransport`. */
  readonly transport?: Transport | undefined;
}

const OPTION_NAMES: ReadonlySet<string> = new Set([...CLIENT_OPTION_NAMES, "transport"]);

/** What needs sockets. */
const SOCKET_NAMES =
  /* @__PURE__ */ "verify cert limits trustEnv http1 http2 proxy uds localAddress retries socketOptions resolve"
    .split(" ");

/**
 * A client over `fetch`, for edge runtimes; from `@httpx/httpx/fetch` it is exported as `Client`.
 *
 * @example The same client, without sockets
 * ```ts
 * import { Client, FetchTransport } from "@httpx/httpx/fetch";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new FetchTransport({ fetch: () => Promise.resolve(new Response("hello")) });
 * await using client = new Client({ transport });
 * assertEquals(await (await client.get("https://example.org/")).text(), "hello");
 * ```
 */
export class FetchClient extends BaseClient {
  /**
   * Makes a client.
   *
   * @throws {TypeError} for an option that is unknown, of the wrong kind, or that `fetch` can't honour
   */
  constructor(options: FetchClientOptions = {}) {
    refuseForFetch(options, SOCKET_NAMES);
    checkOptionNames("new Client()", { options, known: OPTION_NAMES });
    const { transport = new FetchTransport() } = options;
    checkTransport("transport", transport);
    super(options, { transport, makeJar: (init) => new Cookies(init) });
  }

  /**
   * Not over `fetch`, which has no connections to upgrade.
   *
   * @throws {TypeError} always; use a `Client`, or the runtime's own `WebSocket`
   */
  websocket(): never {
    throw new TypeError(
      "Cannot open a WebSocket over fetch; use Client, or the runtime's WebSocket",
    );
  }
}
