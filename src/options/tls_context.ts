/**
 * What a user says of TLS, as settings: `verify` and `cert` in their short forms, and a context where there is more to
 * say.
 */
import type { TLSVersion } from "../runtime/connect_options.ts";
import { befriend } from "../semantics/befriend.ts";
import { mayReadAuthorities } from "../runtime/host.ts";
import { systemAuthorities } from "../runtime/adapters/authorities.ts";
import {
  certificatesFrom,
  environmentKeyLog,
  makeSettings,
  readIdentity,
  TLS_VERSIONS,
  type TLSSettings,
  type TLSTerms,
  unusable,
} from "./tls_settings.ts";

/**
 * The trusted authorities: `true` for the runtime's authorities, `false` for no check, a CA bundle (the path of a file or folder, or
 * PEM text) for its authorities alone, or a context.
 *
 * @example A bundle, and no check
 * ```ts
 * import type { Verify } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const choices: Verify[] = [true, false, "./our-ca.pem"];
 * assertEquals(choices.length, 3);
 * ```
 */
export type Verify = boolean | string | TLSContext;

/**
 * A client certificate: path or PEM with both, `[cert, key]`, or `[cert, key, passphrase]`.
 *
 * @example With an encrypted key
 * ```ts
 * import type { ClientCertificate } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const cert: ClientCertificate = ["client.pem", "client.key", "passphrase"];
 * assertEquals(cert.length, 3);
 * ```
 */
export type ClientCertificate =
  | string
  | readonly [cert: string, key: string]
  | readonly [cert: string, key: string, passphrase: string];

/**
 * What a TLS context is made of.
 *
 * @example Nothing older than TLS 1.3
 * ```ts
 * import { createTLSContext, type TLSContextOptions } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: TLSContextOptions = { minVersion: "TLSv1.3" };
 * assertEquals(createTLSContext(options).minVersion, "TLSv1.3");
 * ```
 */
export interface TLSContextOptions {
  /**
   * The only authorities to trust: paths of files or folders, PEM text, `"system"` for those of the operating system,
   * `"runtime"` for those that are trusted by default, to add to them. Default: `"runtime"`.
   *
   * | | Deno | Bun | Node |
   * |---|---|---|---|
   * | by itself | Mozilla's, or `DENO_TLS_CA_STORE`; `DENO_CERT` | Mozilla's | Mozilla's |
   * | `NODE_EXTRA_CA_CERTS` | as Deno has it | added | added |
   * | `SSL_CERT_FILE`, else `SSL_CERT_DIR`, with `trustEnv` | added | added | added |
   * | `ca: ["runtime", x]` | all of these and `x` | all of these and `x` | all of these and `x` |
   * | `ca: x`, `verify: x` | `x` alone | `x` alone | `x` alone |
   */
  readonly ca?: string | readonly string[] | undefined;
  /** A client certificate, with its chain: path or PEM. */
  readonly cert?: string | undefined;
  /** The key to it: path or PEM. Default: it stands beside the certificate. */
  readonly key?: string | undefined;
  /** Opens an encrypted key. */
  readonly passphrase?: string | undefined;
  /** Whether certificates are checked; or a bundle, as in `ca`. Default: `true`. */
  readonly verify?: boolean | string | undefined;
  /** The oldest version to speak. Default: TLS 1.2. */
  readonly minVersion?: TLSVersion | undefined;
  /** The newest version to speak. Default: TLS 1.3. */
  readonly maxVersion?: TLSVersion | undefined;
  /** What to offer by ALPN (RFC 7301). Default: what `http1` and `http2` allow. */
  readonly alpn?: readonly string[] | undefined;
  /** Whether `SSL_CERT_FILE`, `SSL_CERT_DIR` and `SSLKEYLOGFILE` count. Default: `true`. */
  readonly trustEnv?: boolean | undefined;
}

/** The settings of a context, for the files of this library (see befriend.ts). */
export let tlsSettingsOf: (context: TLSContext) => TLSSettings;

/** What a context of settings that are there already is made of. */
class SettingsInit implements TLSContextOptions {
  readonly trustEnv = false;
  readonly settings: TLSSettings;

  constructor(settings: TLSSettings) {
    this.settings = settings;
  }
}

/**
 * TLS settings, read and checked: made by `createTLSContext()`, given as `verify`. Clients that share one share the TLS
 * sessions that servers offer.
 *
 * @example One for several clients
 * ```ts
 * import { Client, createTLSContext, type TLSContext } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const context: TLSContext = createTLSContext({ minVersion: "TLSv1.3" });
 * await using one = new Client({ verify: context });
 * await using other = new Client({ verify: context, http2: true });
 * assertEquals([one.isClosed, other.isClosed], [false, false]);
 * ```
 */
export class TLSContext {
  static readonly #isOpen: true = /* @__PURE__ */ befriend(() => {
    tlsSettingsOf = (context) => context.#settings;
  });
  readonly #settings: TLSSettings;

  /** The same as `createTLSContext()`. */
  constructor(options: TLSContextOptions = {}) {
    this.#settings = options instanceof SettingsInit ? options.settings : settingsFrom(options);
  }

  /** The oldest version to speak; `null` for the runtime's. */
  get minVersion(): TLSVersion | null {
    return this.#settings.minVersion;
  }

  /** The newest version to speak; `null` for the runtime's. */
  get maxVersion(): TLSVersion | null {
    return this.#settings.maxVersion;
  }

  /** Whether certificates are checked. */
  get verify(): boolean {
    return this.#settings.verify;
  }
}

const OPTION_NAMES: { readonly [Name in keyof Required<TLSContextOptions>]: true } = {
  ca: true,
  cert: true,
  key: true,
  passphrase: true,
  verify: true,
  minVersion: true,
  maxVersion: true,
  alpn: true,
  trustEnv: true,
};

/**
 * Makes TLS settings that `verify` takes, for a client, a transport or a request.
 *
 * @throws {TypeError} for an unknown option, and for a file, text or passphrase that can't be used, naming the option
 *
 * @example The usual authorities, and one's own
 * ```ts ignore
 * import { Client, createTLSContext } from "@httpx/httpx";
 *
 * const context = createTLSContext({ ca: ["runtime", "./our-ca.pem"], cert: "./client.pem" });
 * await using client = new Client({ verify: context });
 * ```
 */
export function createTLSContext(options: TLSContextOptions = {}): TLSContext {
  return new TLSContext(options);
}

/** A context of settings that are there already. */
export function contextOf(settings: TLSSettings): TLSContext {
  return new TLSContext(new SettingsInit(settings));
}

function settingsFrom(options: TLSContextOptions): TLSSettings {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(OPTION_NAMES, name)) continue;
    throw unusable(`option "${name}"`, `there are ${Object.keys(OPTION_NAMES).join(", ")}`);
  }
  const { verify = true, trustEnv = true } = options;
  checkFlag("trustEnv", trustEnv);
  if (typeof verify !== "string") checkFlag("verify", verify);
  return makeSettings({
    verify: verify !== false,
    ...trustOf(options),
    ...identityOf(options),
    ...versionsOf(options),
    alpn: alpnOf(options.alpn),
    onSecret: trustEnv ? environmentKeyLog() : null,
  });
}

/** What a user says of TLS in short. */
export interface TLSInit {
  readonly verify?: Verify | undefined;
  readonly cert?: ClientCertificate | null | undefined;
  /** Whether the environment counts. */
  readonly trustEnv: boolean;
}

/**
 * Settings from `verify`, `cert` and the environment.
 *
 * @throws {TypeError} that names the option and what is wrong with the file or text
 */
export function tlsSettings({ verify = true, cert = null, trustEnv }: TLSInit): TLSSettings {
  if (verify instanceof TLSContext) {
    if (cert === null) return tlsSettingsOf(verify);
    throw unusable('option "cert"', "verify is a TLSContext; give cert to createTLSContext()");
  }
  if (typeof verify !== "string" && typeof verify !== "boolean") {
    throw unusable('option "verify"', "give true, false, a path, PEM text or a TLSContext");
  }
  return makeSettings({
    verify: verify !== false,
    ...trustOf({ verify, trustEnv }),
    ...(cert === null ? {} : identityFrom(cert)),
    onSecret: trustEnv ? environmentKeyLog() : null,
  });
}

/**
 * Settings for a request with a `verify` of its own: the transport's but for the trusted authorities. A context brings
 * everything itself.
 *
 * @throws {TypeError} as `tlsSettings()`
 */
export function withVerify(
  settings: TLSSettings,
  { verify, trustEnv }: { readonly verify: Verify; readonly trustEnv: boolean },
): TLSSettings {
  const own = tlsSettings({ verify, trustEnv });
  if (verify instanceof TLSContext) return own;
  const { ca, isCaExclusive, trustsEnvironment } = own;
  return makeSettings({ ...settings, verify: own.verify, ca, isCaExclusive, trustsEnvironment });
}

type Trust = Pick<TLSContextOptions, "ca" | "verify" | "trustEnv">;

function trustOf({ ca, verify = true, trustEnv = true }: Trust): TLSTerms {
  if (verify === false) return {};
  if (typeof verify === "string") {
    if (ca !== undefined) throw unusable('option "ca"', "verify is a bundle too; give one of them");
    return { ca: certificatesFrom(verify, 'option "verify"'), isCaExclusive: true };
  }
  if (ca === undefined) return { trustsEnvironment: trustEnv };
  const terms = authoritiesOf(typeof ca === "string" ? [ca] : ca);
  return { ...terms, trustsEnvironment: trustEnv && !terms.isCaExclusive };
}

function authoritiesOf(names: readonly string[]): TLSTerms {
  if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) {
    throw unusable('option "ca"', "give a path, PEM text, or a list of them");
  }
  if (names.length === 0) {
    throw unusable('option "ca"', "the list is empty: no certificate would be trusted");
  }
  const ca = names.filter((name) => name !== "runtime").flatMap((name) =>
    name === "system" ? systemCertificates() : certificatesFrom(name, 'option "ca"')
  );
  return { ca, isCaExclusive: !names.includes("runtime") };
}

function systemCertificates(): readonly string[] {
  const found = systemAuthorities();
  if (found !== null && found.length > 0) return found;
  const way = mayReadAuthorities() ? 'leave "system" out, or give a path' : "run with --allow-sys";
  throw unusable(
    'option "ca"',
    `this program has no way to the authorities of the operating system; ${way}`,
  );
}

function identityOf({ cert, key, passphrase }: TLSContextOptions): TLSTerms {
  if (cert === undefined) {
    const name = key !== undefined ? "key" : "passphrase";
    if (key === undefined && passphrase === undefined) return {};
    throw unusable(`option "${name}"`, "there is no cert for it");
  }
  return readIdentity({
    cert,
    key: key ?? cert,
    passphrase: passphrase ?? null,
    certSource: 'option "cert"',
    keySource: `option "${key === undefined ? "cert" : "key"}"`,
    passphraseHint: "give passphrase",
  });
}

function identityFrom(given: ClientCertificate): TLSTerms {
  const [cert, key, passphrase = null]: readonly unknown[] = typeof given === "string"
    ? [given, given]
    : Array.isArray(given)
    ? given
    : [];
  if (typeof cert !== "string" || typeof key !== "string" || !isPassphrase(passphrase)) {
    throw unusable(
      'option "cert"',
      "give a path or PEM text with both, [cert, key], or [cert, key, passphrase]",
    );
  }
  return readIdentity({
    cert,
    key,
    passphrase,
    certSource: 'option "cert"',
    keySource: 'option "cert"',
    passphraseHint: "give [cert, key, passphrase]",
  });
}

function isPassphrase(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function versionsOf({ minVersion, maxVersion }: TLSContextOptions): TLSTerms {
  for (const [name, version] of Object.entries({ minVersion, maxVersion })) {
    if (version === undefined || TLS_VERSIONS.includes(version)) continue;
    throw unusable(`option "${name}"`, `there are ${TLS_VERSIONS.join(" and ")}`);
  }
  if (minVersion === "TLSv1.3" && maxVersion === "TLSv1.2") {
    throw unusable("minVersion and maxVersion", "no version is left between them");
  }
  return { minVersion: minVersion ?? null, maxVersion: maxVersion ?? null };
}

function alpnOf(alpn: readonly string[] | undefined): readonly string[] | null {
  if (alpn === undefined) return null;
  const isList = Array.isArray(alpn) && alpn.every((name) => /^[!-~]{1,255}$/.test(String(name)));
  if (!isList) throw unusable('option "alpn"', 'give a list of names, such as ["h2", "http/1.1"]');
  return [...alpn];
}

function checkFlag(name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw unusable(
    `option "${name}"`,
    name === "verify" ? "give true, false or a bundle" : "give true or false",
  );
}
