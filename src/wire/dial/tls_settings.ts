/**
 * What a user says of TLS (`verify`, `cert`), as what a connection needs; checked when the client is
 * made, so that a wrong path is an error there and not in the middle of the night.
 */
import type { TLSOptions } from "../../runtime/connect_options.ts";
import { cryptoModule, environmentVariable, readTextFile } from "../../runtime/host.ts";
import { certificatesIn, isPEM, privateKeyIn } from "./pem.ts";

/** Whom to trust: the runtime's authorities, nobody in particular, or a CA bundle (path or PEM). */
export type Verify = boolean | string;

/** A client certificate: path or PEM with both, `[cert, key]`, or `[cert, key, passphrase]`. */
export type ClientCertificate =
  | string
  | readonly [cert: string, key: string]
  | readonly [cert: string, key: string, passphrase: string];

/** What a user says of TLS. */
export interface TLSInit {
  readonly verify?: Verify | undefined;
  readonly cert?: ClientCertificate | null | undefined;
  /** Whether `SSL_CERT_FILE` is looked at. */
  readonly trustEnv: boolean;
}

/** What every TLS connection of a transport has in common. */
export type TLSSettings = Omit<TLSOptions, "serverName" | "alpnProtocols">;

/**
 * Settings from options and environment.
 *
 * @throws {TypeError} that names the option and what is wrong with the file or text
 */
export function tlsSettings({ verify = true, cert = null, trustEnv }: TLSInit): TLSSettings {
  const identity = cert === null ? { cert: null, key: null } : identityFrom(cert);
  return {
    verify: verify !== false,
    ca: authorities(verify, trustEnv),
    isCaExclusive: typeof verify === "string",
    ...identity,
  };
}

function authorities(verify: Verify, trustEnv: boolean): readonly string[] {
  if (typeof verify === "string") return certificatesFrom(verify, "verify");
  if (!verify || !trustEnv) return [];
  const path = environmentVariable("SSL_CERT_FILE");
  // What the environment says is a wish: a file that can't be read counts as absent.
  const text = path === undefined || path === "" ? null : readTextFile(path);
  return text === null ? [] : certificatesIn(text);
}

function certificatesFrom(pathOrPEM: string, option: string): string[] {
  const certificates = certificatesIn(textOf(pathOrPEM, option));
  if (certificates.length === 0) {
    throw new TypeError(
      `Cannot use option "${option}": there is no certificate in ${named(pathOrPEM)}`,
    );
  }
  return certificates;
}

function identityFrom(cert: ClientCertificate): { cert: string; key: string } {
  const [certSource, keySource, passphrase = null] = typeof cert === "string"
    ? [cert, cert]
    : [cert[0], cert[1], cert[2]];
  const chain = certificatesFrom(certSource, "cert").join("\n");
  const key = privateKeyIn(textOf(keySource, "cert"));
  if (key === null) {
    throw new TypeError(`Cannot use option "cert": there is no private key in ${named(keySource)}`);
  }
  if (key.includes("ENCRYPTED") && passphrase === null) {
    throw new TypeError(
      `Cannot use option "cert": the key in ${
        named(keySource)
      } is encrypted; give [cert, key, passphrase]`,
    );
  }
  return { cert: chain, key: openKey(key, { passphrase, source: named(keySource) }) };
}

/** The part of `node:crypto` that reads keys. */
interface CryptoModule {
  createPrivateKey(
    options: { key: string; passphrase?: string },
  ): { export(options: { type: "pkcs8"; format: "pem" }): string };
}

/** The key, not encrypted: Deno's own sockets take no other. A key that is none is found here, not when connecting. */
function openKey(
  key: string,
  { passphrase, source }: { passphrase: string | null; source: string },
): string {
  const crypto = cryptoModule<CryptoModule>();
  if (crypto === null) return key;
  try {
    return crypto.createPrivateKey({ key, ...(passphrase !== null && { passphrase }) })
      .export({ type: "pkcs8", format: "pem" });
  } catch (cause) {
    const way = passphrase === null ? "can't be read" : "does not open with this passphrase";
    throw new TypeError(`Cannot use option "cert": the key in ${source} ${way}`, { cause });
  }
}

function textOf(pathOrPEM: string, option: string): string {
  if (isPEM(pathOrPEM)) return pathOrPEM;
  const text = readTextFile(pathOrPEM);
  if (text !== null) return text;
  throw new TypeError(
    `Cannot use option "${option}": file "${pathOrPEM}" is not there or may not be read`,
  );
}

/** A key never gets into a message: only a path does. */
function named(pathOrPEM: string): string {
  return isPEM(pathOrPEM) ? "the given text" : `file "${pathOrPEM}"`;
}
