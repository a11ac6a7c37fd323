/**
 * Which way a request takes: straight or through a proxy, and which identity it expects. Most requests say nothing of
 * that themselves: their ways are found once for each origin.
 */
import { addressOf, type Request } from "../../message/request.ts";
import type { Target } from "../../semantics/target.ts";
import { directRoute, type OriginIdentity, proxyRoute, type Route } from "../../wire/dial/route.ts";
import type { Versions } from "../../wire/connection/open.ts";
import { checkScheme } from "../check_scheme.ts";
import type { RequestTLS } from "../request_tls.ts";
import { asProxy, hopOf, type Proxy, type ProxyLike } from "./proxy.ts";

/** Origins come from servers too (redirects): the list of them must not grow for ever. */
const MAX_ROUTES = 1000;

/**
 * The proxy for where a request leads, or `null` for none. It is asked once for each origin.
 *
 * @example One host alone
 * ```ts
 * import { type ChooseProxy, HTTPTransport, Proxy } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const proxy = new Proxy("http://proxy.example:3128");
 * const choose: ChooseProxy = ({ host }) => host === "example.org" ? proxy : null;
 * const transport = new HTTPTransport({ proxy: choose });
 * assertEquals(transport.stats.active, 0);
 * await transport.close();
 * ```
 */
export type ChooseProxy = (target: Target) => Proxy | null;

/** What the ways of a transport's requests are found by. */
export interface RequestRoutesInit {
  readonly proxy: ProxyLike | ChooseProxy | null;
  /** A UNIX socket that is taken instead of any host. */
  readonly uds: string | null;
  readonly ownTrust: RequestTLS;
  /** Whether the environment says who is trusted, where a proxy has terms of its own. */
  readonly trustEnv: boolean;
  readonly versions: Versions;
}

/** The ways of a transport's requests. */
export class RequestRoutes {
  readonly #known = new Map<string, Route>();
  readonly #chooseProxy: ChooseProxy;
  readonly #init: RequestRoutesInit;

  /** @throws {TypeError} for what is no proxy, and for one beside a UNIX socket */
  constructor(init: RequestRoutesInit) {
    this.#init = init;
    this.#chooseProxy = choiceOf(init);
  }

  /**
   * The way of a request.
   *
   * @throws {UnsupportedProtocol} for another scheme than http and https
   * @throws {TypeError} for an extension of the wrong kind
   */
  of(request: Request): Route {
    const { extensions } = request;
    const target = addressOf(request);
    const { proxy, verify, sni_hostname, tunnel } = extensions;
    if (
      proxy !== undefined || verify !== undefined || sni_hostname !== undefined ||
      tunnel !== undefined
    ) {
      return this.#ownRoute(request);
    }
    const known = this.#known.get(target.origin);
    if (known !== undefined) return known;
    checkScheme(request);
    const route = this.#make(target, { proxy: this.#chooseProxy(target), identity: null });
    if (this.#known.size >= MAX_ROUTES) this.#known.clear();
    this.#known.set(target.origin, route);
    return route;
  }

  /** The request has something to say of its own. */
  #ownRoute(request: Request): Route {
    checkScheme(request);
    const { extensions } = request;
    const target = addressOf(request);
    const identity = target.scheme === "https" ? this.#init.ownTrust.identityFor(extensions) : null;
    const given = extensions.proxy as ProxyLike | null | undefined; // what it is, is looked at there
    const proxy = given === undefined
      ? this.#chooseProxy(target)
      : given === null
      ? null
      : asProxy(given, "proxy of the request");
    return this.#make(target, { proxy, identity, mustTunnel: extensions.tunnel === true });
  }

  #make(
    target: Target,
    { proxy, identity, mustTunnel = false }: {
      readonly proxy: Proxy | null;
      readonly identity: OriginIdentity | null;
      readonly mustTunnel?: boolean;
    },
  ): Route {
    if (proxy === null) return directRoute(target, identity);
    checkBeside(this.#init.uds);
    const { versions: { http1 }, trustEnv } = this.#init;
    const mayForward = http1 && !mustTunnel;
    return proxyRoute(target, { proxy: hopOf(proxy, trustEnv), mayForward, identity });
  }
}

function choiceOf({ proxy, uds, trustEnv }: RequestRoutesInit): ChooseProxy {
  if (proxy === null) return () => null;
  checkBeside(uds);
  if (typeof proxy === "function") return proxy;
  const one = asProxy(proxy, 'option "proxy"');
  hopOf(one, trustEnv); // what is wrong with the environment is said now
  return () => one;
}

/** A proxy beside a UNIX socket: which of the two would be meant? */
function checkBeside(uds: string | null): void {
  if (uds === null) return;
  throw new TypeError("Cannot use proxy and uds at once: a UNIX socket is no way to a proxy");
}
