/**
 * Which proxy a request takes: by the options of the client, else by the environment. Patterns of proxies and of mounts
 * compete: the most specific wins. For a pattern that both have, the mount wins.
 *
 * The environment counts only if no option decides: not beside `proxy`, and not for URLs that a mount takes.
 */
import { badOption } from "../../options/bad_option.ts";
import { environmentProxies } from "../../transports/routing/environment_proxies.ts";
import { patternLookup } from "../../transports/routing/patterns.ts";
import { asProxy, type Proxy, type ProxyLike } from "../../transports/routing/proxy.ts";
import type { ChooseProxy } from "../../transports/routing/request_routes.ts";
import type { Transport } from "../../transports/transport.ts";
import type { Mounts } from "./mounts.ts";

/**
 * Proxies by pattern, as `mounts` have transports; `null` means a direct connection.
 *
 * @example All but one domain
 * ```ts
 * import { Client, type ProxyPatterns } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const proxy: ProxyPatterns = {
 *   "all://": "http://proxy.example:3128",
 *   "all://*internal.example": null,
 * };
 * await using client = new Client({ proxy });
 * assertEquals(client.isClosed, false);
 * ```
 */
export type ProxyPatterns = Readonly<Record<string, ProxyLike | null>>;

/** What proxies are chosen by. */
export interface ProxiesInit<Carrier = Transport> {
  readonly proxy: ProxyLike | ProxyPatterns | null | undefined;
  readonly mounts: Mounts<Carrier>;
  /** Whether the environment counts. */
  readonly trustEnv: boolean;
}

/** How proxies are chosen. */
export interface Proxies<Carrier> {
  /** `null` if no request ever takes a proxy. */
  readonly choose: ChooseProxy | null;
  /** The mounts, with the proxies' patterns among them: those lead to the client's own transport. */
  readonly mounts: Mounts<Carrier>;
}

/**
 * The proxies of a client.
 *
 * @throws {TypeError} for an invalid proxy and for a malformed pattern, naming the option or variable
 */
export function proxiesOf<Carrier>(
  { proxy, mounts, trustEnv }: ProxiesInit<Carrier>,
): Proxies<Carrier> {
  const given = entriesOf(proxy);
  const byEnvironment = trustEnv && proxy === undefined ? environmentProxies() : null;
  // What a mount takes is none of the proxies' business; a mount that is null takes no proxy either.
  const mounted = Object.keys(mounts).map((pattern) => [pattern, null] as const);
  const lookup = patternLookup<Proxy | null>([...mounted, ...given]);
  const among = mounted.length === 0 ? mounts : { ...mounts, ...elsewhere(given, mounts) };
  if (given.every(([, one]) => one === null) && byEnvironment === null) {
    return { choose: null, mounts: among };
  }
  return {
    mounts: among,
    choose: (target) => {
      const found = lookup(target);
      return found === undefined ? byEnvironment?.(target) ?? null : found;
    },
  };
}

/** Patterns that only proxies have, each with no mount. */
function elsewhere(
  given: readonly (readonly [pattern: string, proxy: Proxy | null])[],
  mounts: Mounts<unknown>,
): Readonly<Record<string, null>> {
  const patterns = given.map(([pattern]) => pattern).filter((pattern) => !(pattern in mounts));
  return Object.fromEntries(patterns.map((pattern) => [pattern, null]));
}

function entriesOf(proxy: ProxiesInit["proxy"]): (readonly [string, Proxy | null])[] {
  if (proxy === undefined || proxy === null) return [];
  if (!isPatterns(proxy)) return [["all://", asProxy(proxy, 'option "proxy"')]];
  const entries = Object.entries(proxy);
  if (entries.length === 0) {
    throw badOption(
      "proxy",
      "it has no pattern; give a URL, a Proxy, a record of patterns, or null",
    );
  }
  return entries.map(([pattern, one]) => {
    const source = `option "proxy" for ${JSON.stringify(pattern)}`;
    return [pattern, one === null ? null : asProxy(one, source)];
  });
}

function isPatterns(proxy: ProxyLike | ProxyPatterns): proxy is ProxyPatterns {
  if (typeof proxy !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(proxy);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The proxy of a single request, as an object that does not show its password.
 *
 * @throws {TypeError} for what is not a proxy
 */
export function readRequestProxy(proxy: ProxyLike | null | undefined): Proxy | null | undefined {
  return proxy === null || proxy === undefined ? proxy : asProxy(proxy, "proxy of the request");
}
