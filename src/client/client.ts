/** The client over sockets: which transport it makes, and which of its options are that transport's. */
import { inspectAs } from "../observe/inspect.ts";
import { PLATFORM_DECODING } from "../message/content/decoding/platform_decoding.ts";
import { Cookies } from "../message/cookies/jar.ts";
import { lazyPublicSuffixes } from "../message/cookies/public_suffix/lazy_public_suffix.ts";
import { hasSockets } from "../runtime/select_adapter.ts";
import { type Logger, responseLog } from "../observe/logger.ts";
import { nameOfClient } from "../observe/mask.ts";
import { FetchTransport } from "../transports/fetch_transport.ts";
import { HTTPTransport, type HTTPTransportOptions } from "../transports/http_transport.ts";
import type { ProxyLike } from "../transports/routing/proxy.ts";
import type { Transport } from "../transports/transport.ts";
import { BaseClient, type ClientParts } from "./base_client.ts";
import { extensionIn, extensionOf, NO_PARTS } from "./extend.ts";
import type { ExtendOptions } from "./options/extend_options.ts";
import type { SettingsParts } from "./options/client_settings.ts";
import { checkFlag } from "./options/checks.ts";
import { checkOptionNames } from "../options/bad_option.ts";
import { type BaseClientOptions, CLIENT_OPTION_NAMES } from "./options/options.ts";
import { checkTransport, type Mounts } from "./routing/mounts.ts";
import { proxiesOf, type ProxyPatterns, readRequestProxy } from "./routing/proxies.ts";
import type { WebSocketOptions } from "./websocket/websocket_options.ts";
import type { WebSocketSession } from "./websocket/websocket_session.ts";

/**
 * How connections are made: the trusted authorities, the client certificate, the HTTP versions, whether the environment counts.
 *
 * @example A certificate authority of one's own
 * ```ts
 * import { type ConnectionOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ConnectionOptions = { verify: "./our-ca.pem", trustEnv: false };
 * assertEquals(options.verify, "./our-ca.pem");
 * ```
 */
export type ConnectionOptions = Pick<
  HTTPTransportOptions,
  "verify" | "cert" | "http1" | "http2" | "trustEnv"
>;

/**
 * Options of the sockets that a client makes by itself.
 *
 * @example Few connections
 * ```ts
 * import { type ClientConnectionOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ClientConnectionOptions = { limits: { maxConnections: 4 } };
 * assertEquals(options.limits, { maxConnections: 4 });
 * ```
 */
export interface ClientConnectionOptions extends
  ConnectionOptions,
  Pick<
    HTTPTransportOptions,
    "limits" | "uds" | "localAddress" | "retries" | "socketOptions" | "resolve"
  > {
  /**
   * The proxy for every request, or proxies by pattern, the most specific first; `null` is none. A request may bring its
   * own. Default: what `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say, where `trustEnv` is not `false`.
   */
  readonly proxy?: ProxyLike | ProxyPatterns | null | undefined;
  /** Not beside these. */
  readonly transport?: undefined;
  /**
   * Takes httpx's line for each response (`info`), and httpcore's for each step on the network (`debug`). Default: none.
   */
  readonly logger?: Logger | null | undefined;
}

/**
 * The type of an option that belongs to the transport, if one is given: give it to that transport.
 *
 * @example Nothing but undefined fits
 * ```ts
 * import type { ExcludedByTransport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const verify: ExcludedByTransport | undefined = undefined;
 * assertEquals(verify, undefined);
 * ```
 */
export interface ExcludedByTransport {
  /** No value has this. */
  readonly "give it to the transport": never;
}

/**
 * A transport brings its own settings.
 *
 * @example No network
 * ```ts
 * import { MockTransport, type OwnTransportOptions, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: OwnTransportOptions = { transport: new MockTransport(() => new Response(200)) };
 * assertEquals(Object.keys(options), ["transport"]);
 * ```
 */
export interface OwnTransportOptions {
  /** For every URL that no mount takes. Default: an `HTTPTransport`, or `fetch` where there are no sockets. */
  readonly transport: Transport;
  /** The transport's own. */
  readonly verify?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly cert?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly limits?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly proxy?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly http1?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly http2?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly uds?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly localAddress?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly retries?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly socketOptions?: ExcludedByTransport | undefined;
  /** The transport's own. */
  readonly resolve?: ExcludedByTransport | undefined;
  /** Takes httpx's line for each response (`info`); the steps on the network are the transport's to tell. */
  readonly logger?: Logger | null | undefined;
  /** Whether the client itself looks into the environment. */
  readonly trustEnv?: boolean | undefined;
}

/**
 * Options of a `Client`.
 *
 * @example Kept in one place
 * ```ts
 * import { Client, type ClientOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ClientOptions = { baseURL: "https://api.example.org/v1", timeout: 3000 };
 * await using client = new Client(options);
 * assertEquals(client.baseURL, "https://api.example.org/v1/");
 * ```
 */
export type ClientOptions = BaseClientOptions & (ClientConnectionOptions | OwnTransportOptions);

const SOCKET_NAMES: { readonly [Name in keyof ClientConnectionOptions]-?: true } = {
  transport: true,
  verify: true,
  cert: true,
  limits: true,
  proxy: true,
  http1: true,
  http2: true,
  trustEnv: true,
  uds: true,
  localAddress: true,
  retries: true,
  socketOptions: true,
  resolve: true,
  logger: true,
};

const OPTION_NAMES: ReadonlySet<string> = new Set([
  ...CLIENT_OPTION_NAMES,
  .../* @__PURE__ */ Object.keys(SOCKET_NAMES),
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
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  /** Whether the environment has a say. Default: `true`. */
  readonly trustEnv: boolean;

  /**
   * Makes a client; nothing is connected before the first request.
   *
   * @throws {TypeError} for an unknown option, one of the wrong kind, and two that exclude each other
   */
  constructor(options: ClientOptions = {}) {
    const extension = extensionIn<Client>(options);
    if (extension === null) checkOptionNames("new Client()", { options, known: OPTION_NAMES });
    const made = extension === null ? makeTransport(options, hasSockets()) : NO_PARTS;
    const { transport, mounts } = made;
    const suffixes = lazyPublicSuffixes();
    const parts: ClientParts & SettingsParts = {
      transport,
      makeJar: (init) => new Cookies(init, suffixes),
      decoding: PLATFORM_DECODING,
      readProxy: readRequestProxy,
      log: responseLog(options.logger),
    };
    super(extension === null ? { ...options, mounts } : options, parts);
    const trustEnv = extension === null ? options.trustEnv : extension.parent.trustEnv;
    this.trustEnv = checkFlag("trustEnv", trustEnv ?? true);
  }

  /**
   * Makes a client that differs from this one and shares its connections, its cookie jar and the budget of its retries:
   * see `BaseClient.extend()`.
   *
   * @throws {TypeError} for an option that is unknown, or that belongs to the connections
   */
  override extend(options: ExtendOptions): Client {
    return new Client(extensionOf(this, options).asOptions());
  }

  /**
   * Opens a WebSocket (RFC 6455) over this client's connections: its proxies, TLS, cookies, credentials, hooks and
   * timeouts count for the handshake. `ws:` and `wss:` URLs, or `http:` and `https:`.
   *
   * @throws {WebSocketRefused} when the server answers with another status than 101; it has the response
   * @throws {RemoteProtocolError} for an answer that does not fit the handshake
   * @throws {TransportError} when there is no answer
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   *
   * @example Messages until the server closes
   * ```ts
   * import { Client } from "@httpx/httpx";
   * import { assertEquals } from "@std/assert";
   *
   * const server = Deno.serve({ port: 0, onListen() {} }, (request) => {
   *   const { socket, response } = Deno.upgradeWebSocket(request);
   *   socket.onopen = () => {
   *     for (const text of ["one", "two"]) socket.send(text);
   *     socket.close();
   *   };
   *   return response;
   * });
   * const messages: unknown[] = [];
   * {
   *   await using client = new Client();
   *   await using socket = await client.websocket(`ws://localhost:${server.addr.port}/`);
   *   for await (const message of socket) messages.push(message);
   * }
   * assertEquals(messages, ["one", "two"]);
   * await server.shutdown();
   * ```
   */
  async websocket(url: string | URL, options: WebSocketOptions = {}): Promise<WebSocketSession> {
    const [{ openWebSocket }, { startSession }] = await Promise.all([
      import("./websocket/open_websocket.ts"),
      import("./websocket/websocket_session.ts"),
    ]);
    return startSession(
      await openWebSocket(this, url, options),
      options.signal ?? null,
    );
  }

  /** For people: `<Client("https://api.example.org/v1/")>`, without credentials. */
  override toString(): string {
    return nameOfClient("Client", this);
  }
}

/** A transport, and the mounts beside it. */
interface MadeTransport {
  readonly transport: Transport;
  readonly mounts: Mounts;
}

/**
 * The transport that options ask for: their own, sockets, or, where the runtime has none, `fetch`.
 *
 * @throws {TypeError} for options that this transport can't honour
 */
export function makeTransport(options: ClientOptions, withSockets: boolean): MadeTransport {
  const { transport, logger, trustEnv = true, mounts = {} } = options;
  const sockets = options as ClientConnectionOptions; // beside a transport they are refused below
  const { verify, cert, limits, http1, http2, proxy } = sockets;
  const { uds, localAddress, retries, socketOptions, resolve } = sockets;
  const dialing = { uds, localAddress, retries, socketOptions, resolve };
  const own = { verify, cert, limits, http1, http2, ...dialing };
  if (transport !== undefined) {
    checkTransport("transport", transport);
    refuse(
      { ...own, proxy },
      (name) => [`${name} and transport at once`, `give ${name} to the transport`],
    );
    return { transport, mounts };
  }
  if (withSockets) {
    // A UNIX socket leads past every proxy; one that is asked for beside it is refused.
    const isTrusted = trustEnv && (uds ?? null) === null;
    const proxies = proxiesOf({ proxy, mounts, trustEnv: isTrusted });
    const made = new HTTPTransport({ ...own, proxy: proxies.choose, trustEnv, logger });
    return { transport: made, mounts: proxies.mounts };
  }
  refuse(
    { ...own, proxy },
    (
      name,
    ) => [`option "${name}"`, "this runtime has no sockets, and fetch has no way to honour it"],
  );
  return { transport: new FetchTransport(), mounts };
}

/** Refuses every option that is given. */
function refuse(
  options: Readonly<Record<string, unknown>>,
  explain: (name: string) => readonly [what: string, why: string],
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const [what, why] = explain(name);
    throw new TypeError(`Cannot use ${what}: ${why}`);
  }
}
