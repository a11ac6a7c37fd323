/** The TLS options of single requests (`verify`, `extensions.sni_hostname`), as the identity expected of the origin. */
import type { OriginIdentity } from "../wire/dial/route.ts";
import { type Verify, withVerify } from "../options/tls_context.ts";
import type { TLSSettings } from "../options/tls_settings.ts";
import type { Versions } from "../wire/connection/open.ts";

/** How many bundles of requests are remembered, read and parsed. */
const MAX_BUNDLES = 100;

/** Reads each bundle once: requests that name the same one share connections. */
export class RequestTLS {
  readonly #settings: TLSSettings;
  readonly #init: RequestTLSInit;
  readonly #known = new Map<unknown, TLSSettings>();

  /**
   * For a transport with these settings.
   *
   * @throws {TypeError} where they offer by ALPN what the transport does not speak
   */
  constructor(settings: TLSSettings, init: RequestTLSInit) {
    checkALPN(settings, init.versions);
    this.#settings = settings;
    this.#init = init;
  }

  /**
   * The identity that a request expects of its origin.
   *
   * @throws {TypeError} for an extension of the wrong kind, and a bundle that can't be used
   */
  identityFor(
    { verify, sni_hostname: name }: Readonly<Record<string, unknown>>,
  ): OriginIdentity | null {
    const serverName = name === undefined ? null : serverNameFrom(name);
    const settings = verify === undefined ? null : this.#settingsFor(verify);
    return serverName === null && settings === null ? null : { serverName, settings };
  }

  #settingsFor(verify: unknown): TLSSettings | null {
    const { verify: usual, trustEnv, versions } = this.#init;
    if (verify === usual) return null;
    const known = this.#known.get(verify);
    if (known !== undefined) return known;
    // What it is, is looked at there.
    const settings = withVerify(this.#settings, { verify: verify as Verify, trustEnv });
    checkALPN(settings, versions);
    if (this.#known.size >= MAX_BUNDLES) this.#known.clear();
    this.#known.set(verify, settings);
    return settings;
  }
}

/** What the transport was given. */
export interface RequestTLSInit {
  readonly verify: Verify;
  readonly trustEnv: boolean;
  readonly versions: Versions;
}

/** A name as certificates have it: in ASCII (RFC 5890), in lower case, without the dot at the end. */
function serverNameFrom(name: unknown): string {
  const text = typeof name === "string" ? name.replace(/\.$/, "") : "";
  const url = text.includes(":") ? `https://[${text}]/` : `https://${text}/`;
  if (!/[\s/?#@\\[\]]/.test(text) && URL.canParse(url)) {
    return new URL(url).hostname.replace(/^\[|\]$/g, "");
  }
  throw new TypeError('Cannot use extension "sni_hostname": give the name of a host');
}

function checkALPN({ alpn }: TLSSettings, { http1, http2 }: Versions): void {
  if (alpn === null) return;
  if (alpn.includes("h2") && !http2) {
    throw new TypeError('Cannot use option "alpn": it offers "h2", but http2 is not true');
  }
  if (!alpn.includes("h2") && !http1) {
    throw new TypeError('Cannot use option "alpn": without http1 it must offer "h2"');
  }
}
