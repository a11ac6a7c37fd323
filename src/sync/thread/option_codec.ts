/**
 * Options on their way from the caller to the worker. Contexts, proxies and URLs become plain records, and are made again
 * there; functions stay with the caller, who is called for them.
 */
import type { HTTPTransportOptions } from "../../transports/http_transport.ts";
import { asProxy, Proxy, type ProxyLike, verifyOf } from "../../transports/routing/proxy.ts";
import { contextOf, TLSContext, tlsSettingsOf, type Verify } from "../../options/tls_context.ts";
import { environmentKeyLog, makeSettings, type TLSSettings } from "../../options/tls_settings.ts";

/** TLS settings without what no other thread can have. */
export interface PlainTLS {
  readonly terms: Omit<TLSSettings, "onSecret" | "memory">;
  /** Whether secrets are logged where the environment says. */
  readonly logsKeys: boolean;
}

/** `verify`, plain. */
export type PlainVerify = boolean | string | PlainTLS;

/** A proxy, plain. */
export interface PlainProxy {
  readonly url: string;
  readonly auth: readonly [username: string, password: string] | null;
  /** Names and values in turn. */
  readonly lines: readonly string[];
  readonly verify: PlainVerify | null;
}

/** What a transport is made with, plain. */
export interface PlainOptions {
  readonly rest: Omit<HTTPTransportOptions, "verify" | "proxy" | "resolve" | "logger">;
  readonly verify: PlainVerify | null;
  readonly proxy: PlainProxy | null;
  /** Addresses by name, or whether the caller is asked for them. */
  readonly resolve: Readonly<Record<string, string | readonly string[]>> | "caller" | null;
  /** Whether the caller wants to hear of steps on the network. */
  readonly logs: boolean;
}

/** Options as they are sent to the worker. A function for `proxy` stays behind: requests bring what it chose. */
export function plainOptions(options: HTTPTransportOptions): PlainOptions {
  const { verify, proxy, resolve, logger, ...rest } = options;
  return {
    rest,
    verify: verify === undefined ? null : plainVerify(verify),
    proxy: proxy === undefined || proxy === null || typeof proxy === "function"
      ? null
      : plainProxy(proxy, 'option "proxy"'),
    resolve: typeof resolve === "function" ? "caller" : resolve ?? null,
    logs: logger !== undefined && logger !== null,
  };
}

/** `verify` as it is sent to the worker. */
export function plainVerify(verify: Verify): PlainVerify {
  return verify instanceof TLSContext ? plainTLS(tlsSettingsOf(verify)) : verify;
}

/**
 * A proxy as it is sent to the worker.
 *
 * @throws {TypeError} for what is none, naming the source
 */
export function plainProxy(proxy: ProxyLike, source: string): PlainProxy {
  const made = asProxy(proxy, source);
  const verify = verifyOf(made);
  return {
    url: made.url,
    auth: made.auth,
    lines: made.headers.lines,
    verify: verify === null ? null : plainVerify(verify),
  };
}

/** `verify` as the transport takes it. */
export function verifyFrom(verify: PlainVerify): Verify {
  return typeof verify === "object" ? contextFrom(verify) : verify;
}

/** Makes proxies and contexts again, each of them once: connections are shared by those that are the same. */
export class OptionDecoder {
  readonly #known = new Map<string, Proxy | Verify>();

  /** The proxy of a record. */
  proxy(plain: PlainProxy): Proxy {
    return this.#once("proxy", plain, () => {
      const { url, auth, lines, verify } = plain;
      const headers: [string, string][] = [];
      for (let i = 0; i + 1 < lines.length; i += 2) {
        headers.push([lines[i] ?? "", lines[i + 1] ?? ""]);
      }
      return new Proxy(url, {
        auth,
        headers,
        ...(verify === null ? {} : { tls: verifyFrom(verify) }),
      });
    });
  }

  /** What was said as `verify`. */
  verify(plain: PlainVerify): Verify {
    return typeof plain === "object" ? this.#once("tls", plain, () => contextFrom(plain)) : plain;
  }

  #once<Made extends Proxy | Verify>(kind: string, plain: unknown, make: () => Made): Made {
    const key = kind + JSON.stringify(plain);
    const known = this.#known.get(key);
    if (known !== undefined) return known as Made; // the kind is part of the key
    const made = make();
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(key, made);
    return made;
  }
}

const MAX_KNOWN = 100;

function plainTLS({ onSecret, memory: _, ...terms }: TLSSettings): PlainTLS {
  return { terms, logsKeys: onSecret !== null };
}

function contextFrom({ terms, logsKeys }: PlainTLS): TLSContext {
  return contextOf(
    makeSettings({ ...terms, onSecret: logsKeys ? environmentKeyLog() : null }),
  );
}
