/** The client over sockets: which transport it makes, and which of its options are that transport's. */
import { isPublicSuffix } from "../message/cookies/public_suffix.ts";
import { HTTPTransport, type HTTPTransportOptions } from "../transports/http_transport.ts";
import type { Transport } from "../transports/transport.ts";
import { BaseClient } from "./base_client.ts";
import { checkTransport } from "./mounts.ts";
import { checkOptionNames } from "./option_names.ts";
import { type BaseClientOptions, CLIENT_OPTION_NAMES } from "./options.ts";

/** How connections are made: whom to trust, who one is, what the environment may say. */
export type TLSOptions = Pick<HTTPTransportOptions, "verify" | "cert" | "trustEnv">;

/** Options of the sockets that a client makes by itself. */
export interface SocketOptions extends TLSOptions, Pick<HTTPTransportOptions, "limits"> {
  readonly transport?: undefined;
}

/** A transport brings its own settings. */
export interface OwnTransportOptions {
  /** For every URL that no mount takes. Default: an `HTTPTransport`. */
  readonly transport: Transport;
  readonly verify?: undefined;
  readonly cert?: undefined;
  readonly limits?: undefined;
  readonly trustEnv?: boolean | undefined;
}

/** Options of a `Client`. */
export type ClientOptions = BaseClientOptions & (SocketOptions | OwnTransportOptions);

const SOCKET_NAMES: { readonly [Name in keyof SocketOptions]-?: true } = {
  transport: true,
  verify: true,
  cert: true,
  limits: true,
  trustEnv: true,
};

const OPTION_NAMES: ReadonlySet<string> = new Set([
  ...CLIENT_OPTION_NAMES,
  ...Object.keys(SOCKET_NAMES),
]);

/**
 * A client with pooled connections, cookies and defaults. Close it: with `await using`, or `close()`.
 *
 * @example Defaults for every request
 * ```ts
 * import { Client, MockTransport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport((request) =>
 *   Response.json({ url: request.url, key: request.headers.get("x-key") })
 * );
 * await using client = new Client({
 *   transport, // leave it out to talk to the network
 *   baseURL: "https://api.example.org/v1",
 *   headers: { "x-key": "7" },
 *   timeout: 3000,
 * });
 * const response = await client.get("/users", { params: { page: 2 } });
 * assertEquals(await response.json(), { url: "https://api.example.org/v1/users?page=2", key: "7" });
 * ```
 */
export class Client extends BaseClient {
  /** @throws {TypeError} for an unknown option, one of the wrong kind, and two that exclude each other */
  constructor(options: ClientOptions = {}) {
    checkOptionNames("new Client()", { options, known: OPTION_NAMES });
    super(options, { transport: makeTransport(options), cookieOptions: { isPublicSuffix } });
  }
}

function makeTransport(options: ClientOptions): Transport {
  const { transport, verify, cert, limits, trustEnv } = options;
  if (transport === undefined) return new HTTPTransport({ verify, cert, limits, trustEnv });
  checkTransport("transport", transport);
  for (const [name, value] of Object.entries({ verify, cert, limits })) {
    if (value === undefined) continue;
    throw new TypeError(
      `Cannot use ${name} and transport at once: give ${name} to the transport`,
    );
  }
  return transport;
}
