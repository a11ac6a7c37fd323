/**
 * A proxy as a caller describes it: its URL, and what the URL does not say. Everything is checked when it is made, so
 * that a wrong one is an error there, with the place that it came from.
 */
import { befriend } from "../../semantics/befriend.ts";
import { inspectAs } from "../../observe/inspect.ts";
import { Headers, type HeadersInit } from "../../message/headers.ts";
import { describeInvalidURL } from "../../message/describe_invalid_url.ts";
import { MASK, maskHostURL } from "../../observe/mask.ts";
import { basicCredentials, userinfoOf } from "../../semantics/basic_credentials.ts";
import type { ProxyHop, ProxyScheme } from "../../wire/dial/proxy/hop.ts";
import { tlsSettings, type Verify } from "../../options/tls_context.ts";

/**
 * The options of a `Proxy`.
 *
 * @example A header for the proxy
 * ```ts
 * import { Proxy, type ProxyOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ProxyOptions = { headers: { "x-tenant": "7" } };
 * assertEquals(new Proxy("http://proxy.example:3128", options).headers.get("x-tenant"), "7");
 * ```
 */
export interface ProxyOptions {
  /** User name and password, instead of those in the URL. */
  readonly auth?: readonly [username: string, password: string] | null | undefined;
  /** Sent to an HTTP proxy with `CONNECT` and with what it forwards, and to no origin. */
  readonly headers?: HeadersInit | null | undefined;
  /** How an `https:` proxy is trusted, as `verify` says it of servers. Default: as the client trusts those. */
  readonly tls?: Verify | undefined;
}

// For the files of this library (see befriend.ts).
/** The option `tls` of a proxy, or `null`. */
export let verifyOf: (proxy: Proxy) => Verify | null;
/** A proxy as the wire takes it. */
export let hopOf: (proxy: Proxy, trustEnv?: boolean) => ProxyHop;

/**
 * A proxy: what stands between this program and the servers it talks to.
 *
 * @example Credentials are for the proxy, and are not shown
 * ```ts
 * import { HTTPTransport, Proxy } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const proxy = new Proxy("http://proxy.example:3128", { auth: ["ada", "lovelace"] });
 * await new HTTPTransport({ proxy }).close();
 * assertEquals(String(proxy), '<Proxy("http://ada:[secure]@proxy.example:3128")>');
 * ```
 */
export class Proxy {
  static readonly #isInspectable: true = /* @__PURE__ */ inspectAs(this);
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    verifyOf = (proxy) => proxy.#verify;
    hopOf = (proxy, trustEnv = true) => {
      const verify = proxy.#verify;
      return verify === null || !trustEnv
        ? proxy.#hop
        : proxy.#trustingHop ??= trustingEnvironment(proxy.#hop, verify);
    };
  });
  readonly #hop: ProxyHop;
  readonly #headers: Headers;
  /** How TLS is spoken with it; `null` for the transport's way. */
  readonly #verify: Verify | null;
  /** With the trust that the environment names: made when it is first wanted. */
  #trustingHop: ProxyHop | null = null;

  /**
   * Checks a proxy's URL and options; nothing is connected.
   *
   * @param url `http://`, `https://`, `socks5://` or `socks5h://`, with user name and password where it wants them
   * @throws {TypeError} for a URL that is none or has another scheme, and for options that its kind can't honour
   */
  constructor(url: string | URL, options: ProxyOptions = {}) {
    const { hop, headers } = describeProxy(url, { options, source: "Proxy" });
    this.#hop = hop;
    this.#headers = headers;
    this.#verify = options.tls ?? null;
  }

  /** Scheme, host and port; no credentials. */
  get url(): string {
    return this.#hop.name;
  }

  /** User name and password, or `null`. */
  get auth(): readonly [username: string, password: string] | null {
    return this.#hop.credentials;
  }

  /** What the proxy alone is sent; a copy, without credentials. */
  get headers(): Headers {
    return this.#headers.copy();
  }

  /** For people: without the password. */
  toString(): string {
    const { name, credentials } = this.#hop;
    const shown = credentials === null
      ? ""
      : `${credentials[1] === "" ? "" : `${encodeURIComponent(credentials[0])}:`}${MASK}@`;
    return `<Proxy("${name.replace("//", `//${shown}`)}")>`;
  }
}

/**
 * What may stand for a proxy: its URL, or a `Proxy` where there is more to say.
 *
 * @example Both
 * ```ts
 * import { Proxy, type ProxyLike } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const proxies: ProxyLike[] = ["socks5://localhost:1080", new Proxy("http://localhost:3128")];
 * assertEquals(proxies.length, 2);
 * ```
 */
export type ProxyLike = string | URL | Proxy;

/**
 * What stands for a proxy, as one.
 *
 * @param source where it came from, for the message: `option "proxy"`
 * @throws {TypeError} that names the source and what is wrong
 */
export function asProxy(proxy: ProxyLike, source: string): Proxy {
  if (proxy instanceof Proxy) return proxy;
  try {
    return new Proxy(proxy);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(error.message.replace("Cannot use Proxy", `Cannot use ${source}`), {
      cause: error.cause,
    });
  }
}

const DEFAULT_PORTS: Readonly<Record<ProxyScheme, number>> = {
  http: 80,
  https: 443,
  socks5: 1080,
  socks5h: 1080,
};

/** RFC 1929 §2: a length is one byte. */
const MAX_SOCKS_BYTES = 255;

function describeProxy(
  given: string | URL,
  { options, source }: { readonly options: ProxyOptions; readonly source: string },
): { hop: ProxyHop; headers: Headers } {
  const refuse = (why: string) => new TypeError(`Cannot use ${source}: ${why}`);
  const { scheme, host, port, userinfo } = parseProxyURL(given, refuse);
  const credentials = checkAuth(options.auth, refuse) ?? userinfo;
  const headers = new Headers(options.headers);
  const isSocks = scheme.startsWith("socks");
  if (isSocks) checkSocks({ credentials, headers }, refuse);
  if (options.tls !== undefined && scheme !== "https") {
    throw refuse(`tls is for https: proxies, and the URL begins with ${scheme}:`);
  }
  const isNamed = headers.has("proxy-authorization");
  if (isNamed && credentials !== null) {
    throw refuse("there are credentials, and a Proxy-Authorization header; give one of them");
  }
  const authorization = isSocks || credentials === null
    ? []
    : ["Proxy-Authorization", basic(credentials, refuse)];
  const fields = [...authorization, ...headers.lines];
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const name = `${scheme}://${bracketed}:${port}`;
  const key = JSON.stringify([name, credentials, fields, keyOfTLS(options.tls)]);
  const tls = options.tls === undefined
    ? null
    : tlsSettings({ verify: options.tls, trustEnv: false });
  return { hop: { key, scheme, host, port, name, credentials, fields, tls }, headers };
}

function trustingEnvironment(hop: ProxyHop, verify: Verify): ProxyHop {
  const key = `${hop.key} trusting the environment`;
  return { ...hop, key, tls: tlsSettings({ verify, trustEnv: true }) };
}

type Refuse = (why: string) => TypeError;

interface ParsedProxyURL {
  readonly scheme: ProxyScheme;
  readonly host: string;
  readonly port: number;
  readonly userinfo: readonly [username: string, password: string] | null;
}

function parseProxyURL(given: string | URL, refuse: Refuse): ParsedProxyURL {
  if (typeof given !== "string" && !(given instanceof URL)) {
    throw refuse("give a URL, a Proxy, or null for none");
  }
  const text = String(given).trim();
  const shown = JSON.stringify(maskHostURL(text));
  const [, written] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
  if (written === undefined) {
    throw refuse(`${shown} has no scheme; begin with http://, https://, socks5:// or socks5h://`);
  }
  const scheme = written.toLowerCase();
  if (!isProxyScheme(scheme)) {
    throw refuse(
      `${shown} has scheme "${scheme}"; a proxy speaks http, https, socks5 or socks5h`,
    );
  }
  if (/\\.*@/s.test(text)) {
    throw refuse(`${shown} has a backslash in its user name or password; write it as %5C`);
  }
  // The parser knows hosts of the web's schemes alone, and leaves out the port that is the scheme's own.
  const rest = text.slice(written.length);
  const url = parsed(`http${rest}`) ??
    refused(refuse(`${shown} is no URL: ${describeInvalidURL(text)}`));
  const port = parsed(`httpx${rest}`)?.port ?? "";
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw refuse(`${shown} has more than a host and a port, and a proxy has no use for it`);
  }
  return {
    scheme,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? DEFAULT_PORTS[scheme] : Number(port),
    userinfo: userinfoOf(url),
  };
}

function parsed(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function refused(error: TypeError): never {
  throw error;
}

function isProxyScheme(scheme: string): scheme is ProxyScheme {
  return Object.hasOwn(DEFAULT_PORTS, scheme);
}

function checkAuth(auth: ProxyOptions["auth"], refuse: Refuse): ParsedProxyURL["userinfo"] {
  if (auth === undefined || auth === null) return null;
  const isPair = Array.isArray(auth) && auth.length === 2 &&
    auth.every((part) => typeof part === "string");
  if (!isPair) throw refuse("auth is not [username, password]");
  return [auth[0], auth[1]];
}

function checkSocks(
  { credentials, headers }: {
    readonly credentials: ParsedProxyURL["userinfo"];
    readonly headers: Headers;
  },
  refuse: Refuse,
): void {
  if (headers.lines.length > 0) throw refuse("headers are for HTTP proxies, and SOCKS has none");
  const sizes = (credentials ?? []).map((part) => new TextEncoder().encode(part).length);
  if (sizes.some((size) => size > MAX_SOCKS_BYTES)) {
    throw refuse(`SOCKS takes user names and passwords of up to ${MAX_SOCKS_BYTES} bytes`);
  }
}

function basic([username, password]: readonly [string, string], refuse: Refuse): string {
  if (username.includes(":")) throw refuse("the user name has a colon, where the password begins");
  return basicCredentials(username, password);
}

const contexts = new WeakMap<object, number>();
let contextCount = 0;

/** Texts are the same where they are equal, contexts where they are one. */
function keyOfTLS(tls: Verify | undefined): unknown {
  if (typeof tls !== "object" || tls === null) return tls ?? null;
  const known = contexts.get(tls) ?? ++contextCount;
  contexts.set(tls, known);
  return { context: known };
}
