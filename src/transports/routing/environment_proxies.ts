/** The proxies of the environment: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, and `NO_PROXY` for what goes past them. */
import { environmentVariable } from "../../runtime/host.ts";
import type { Target } from "../../semantics/target.ts";
import { exclusionsOf } from "./no_proxy.ts";
import { asProxy, type Proxy, type ProxyLike } from "./proxy.ts";
import type { ChooseProxy } from "./request_routes.ts";

/** What a transport is given that bears on its proxy. */
interface ProxyOptions {
  readonly proxy?: ProxyLike | ChooseProxy | null | undefined;
  readonly uds?: string | null | undefined;
  readonly trustEnv?: boolean | undefined;
}

/** The proxy of a transport: its option, else the environment's, but not past a UNIX socket. */
export function proxyFrom(
  { proxy, uds, trustEnv = true }: ProxyOptions,
): ProxyLike | ChooseProxy | null {
  if (proxy !== undefined) return proxy;
  return trustEnv && (uds ?? null) === null ? environmentProxies() : null;
}

/** Reads a variable; `undefined` if it is not set, or may not be read. */
type ReadVariable = (name: string) => string | undefined;

/**
 * The proxies that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name, in either case; `null` if they name
 * none.
 *
 * @throws {TypeError} for a value that is not a proxy, naming the variable
 */
export function environmentProxies(read: ReadVariable = environmentVariable): ChooseProxy | null {
  const http = proxyOfVariable("HTTP_PROXY", read);
  const https = proxyOfVariable("HTTPS_PROXY", read);
  const all = proxyOfVariable("ALL_PROXY", read);
  if (http === null && https === null && all === null) return null;
  const isExcluded = exclusionsOf(valueOf("NO_PROXY", read).value);
  return (target: Target) => {
    const proxy = (target.scheme === "https" ? https : http) ?? all;
    return proxy === null || isExcluded(target) ? null : proxy;
  };
}

function proxyOfVariable(name: string, read: ReadVariable): Proxy | null {
  const { value, setAs } = valueOf(name, read);
  if (value === "") return null;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  return asProxy(url, `variable ${setAs}`);
}

/** The value and which spelling it has; the one in lower case counts more, even if it is empty. */
function valueOf(name: string, read: ReadVariable): { value: string; setAs: string } {
  const lower = name.toLowerCase();
  const value = read(lower);
  if (value !== undefined) return { value: value.trim(), setAs: lower };
  // If a web server runs this program, clients set HTTP_PROXY by the header "Proxy" (CVE-2016-5388).
  if (name === "HTTP_PROXY" && read("REQUEST_METHOD") !== undefined) {
    return { value: "", setAs: name };
  }
  return { value: (read(name) ?? "").trim(), setAs: name };
}
