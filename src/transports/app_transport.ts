/** Calls a web application in this process as if it were behind a socket. */
import { badOption, checkOptionNames } from "../options/bad_option.ts";
import { readSync } from "../message/request.ts";
import type { Request } from "../message/request.ts";
import { Response } from "../message/response/response.ts";
import { PendingAnswers } from "./abort.ts";
import { asOurs } from "./mock_transport.ts";
import { answeredAtOnce, WouldWait } from "./answer_at_once.ts";
import type { SyncTransport, Transport } from "./transport.ts";

/** What a `Deno.serve` handler gets about the connection. */
export interface AppInfo {
  /** Who asks. */
  readonly remoteAddr: {
    readonly transport: "tcp";
    readonly hostname: string;
    readonly port: number;
  };
  /** Resolves once the response is sent; here at once. */
  readonly completed: Promise<void>;
}

/** A fetch handler: what `Deno.serve`, `Bun.serve` and workers call. */
export type AppHandler = (
  request: globalThis.Request,
  info: AppInfo,
) => globalThis.Response | Promise<globalThis.Response>;

/** An application: a fetch handler, or an object that has one (Hono, a worker's default export). */
export type App = AppHandler | { fetch: AppHandler };

/** Options of an `AppTransport`. */
export interface AppTransportOptions {
  /** Whether what the application throws is thrown; else it is a 500 response. Default: `true`. */
  readonly raiseAppExceptions?: boolean | undefined;
  /** Who is said to ask. Default: `["127.0.0.1", 123]`. */
  readonly client?: readonly [host: string, port: number] | undefined;
  /** Where the application is mounted: cut off the front of each path. Default: `""`. */
  readonly rootPath?: string | undefined;
}

const OPTION_NAMES: { readonly [Name in keyof AppTransportOptions]-?: true } = {
  raiseAppExceptions: true,
  client: true,
  rootPath: true,
};
const KNOWN: ReadonlySet<string> = /* @__PURE__ */ new Set(
  /* @__PURE__ */ Object.keys(OPTION_NAMES),
);

/**
 * A transport to an application in this process: no socket, no port, no serialisation.
 *
 * @example Test an application
 * ```ts
 * import { AppTransport, Client } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const app = (request: Request) => new Response(`hello from ${new URL(request.url).pathname}`);
 * await using client = new Client({ transport: new AppTransport(app), baseURL: "http://app" });
 * assertEquals(await (await client.get("/users")).text(), "hello from /users");
 * ```
 */
export class AppTransport implements Transport, SyncTransport {
  /** Its timeouts and signals end each exchange. */
  readonly keepsDeadline = true;
  readonly #call: AppHandler;
  readonly #raisesExceptions: boolean;
  readonly #client: readonly [host: string, port: number];
  readonly #rootPath: string;
  readonly #pending = new PendingAnswers();

  /**
   * Calls the app for each request.
   *
   * @throws {TypeError} where it is no function and has no `fetch`, and for an option that is unknown or of the wrong kind
   */
  constructor(app: App, options: AppTransportOptions = {}) {
    checkOptionNames("new AppTransport()", { options, known: KNOWN });
    const { raiseAppExceptions = true, client = ["127.0.0.1", 123], rootPath = "" } = options;
    if (typeof raiseAppExceptions !== "boolean") {
      throw badOption("raiseAppExceptions", "it is neither true nor false");
    }
    if (typeof client[0] !== "string" || typeof client[1] !== "number") {
      throw badOption("client", "give [host, port]");
    }
    if (typeof rootPath !== "string") throw badOption("rootPath", "give a path");
    this.#call = handlerOf(app);
    this.#raisesExceptions = raiseAppExceptions;
    this.#client = client;
    this.#rootPath = rootPath.replace(/\/+$/, "");
  }

  /** Calls the application. Its body is streamed through, so that it is read no faster than wanted. */
  async handleRequest(request: Request): Promise<Response> {
    request.signal?.throwIfAborted();
    const web = this.#webRequest(request);
    return await this.#pending.wait(request, async () => {
      try {
        return headAlone(asOurs(await this.#call(web, this.#info), request));
      } catch (error) {
        return this.#failed(request, error);
      }
    });
  }

  /**
   * The same for callers that block.
   *
   * @throws {TypeError} where the application, or the body of what it gives, has to be waited for
   */
  handleRequestSync(request: Request): Response {
    request.signal?.throwIfAborted();
    readSync(request);
    const web = this.#webRequest(request);
    try {
      return headAlone(asOurs(answeredAtOnce(request, () => this.#call(web, this.#info)), request));
    } catch (error) {
      if (error instanceof WouldWait) throw error;
      return this.#failed(request, error);
    }
  }

  /** Ends the calls that are pending with a `CloseError`. It holds nothing between calls, so that it can be used again. */
  close(): Promise<void> {
    this.#pending.close();
    return Promise.resolve();
  }

  get #info(): AppInfo {
    const [hostname, port] = this.#client;
    return { remoteAddr: { transport: "tcp", hostname, port }, completed: Promise.resolve() };
  }

  #failed(request: Request, error: unknown): Response {
    if (this.#raisesExceptions || request.signal?.aborted) throw error;
    return new Response(500, { text: "Internal Server Error", request });
  }

  #webRequest(request: Request): globalThis.Request {
    const web = request.toWeb();
    const url = new URL(web.url);
    if (this.#rootPath === "" || !isUnder(url.pathname, this.#rootPath)) return web;
    url.pathname = url.pathname.slice(this.#rootPath.length) || "/";
    return new globalThis.Request(url, web);
  }
}

/** A server sends no body to HEAD, whatever its application gave (RFC 9110 §9.3.2). */
function headAlone(response: Response): Response {
  const { request, status, headers, extensions } = response;
  if (request.method !== "HEAD") return response;
  response.close().catch(() => {}); // of the application's stream: the caller never saw it
  return new Response(status, { headers, extensions, request });
}

function isUnder(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

function handlerOf(app: App): AppHandler {
  if (typeof app === "function") return app;
  if (typeof app?.fetch === "function") return (request, info) => app.fetch(request, info);
  throw new TypeError(
    "Cannot make an AppTransport: the app is no function and has no fetch method",
  );
}
