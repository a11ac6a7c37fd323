/**
 * What every TLS connection with the same terms has in common, and where its certificates and keys come from: options
 * and environment, read and checked when a client or a context is made, so that a wrong path is an error there and not
 * in the middle of the night. An error names its source, the option or the variable, and never shows a key.
 */
import type { TLSOptions, TLSVersion } from "../runtime/connect_options.ts";
import {
  appendToFile,
  cryptoModule,
  environmentVariable,
  type FileFault,
  fileStamp,
  readTexts,
  runtimeName,
} from "../runtime/host.ts";
import { TLSMemory } from "../runtime/tls_memory.ts";
import { certificatesIn, isPEM, privateKeyIn } from "./pem.ts";

/** What every TLS connection with the same terms has in common. */
export interface TLSSettings extends Omit<TLSOptions, "serverName" | "alpnProtocols" | "memory"> {
  readonly memory: TLSMemory;
  /** Whether `SSL_CERT_FILE` and `SSL_CERT_DIR` add authorities, which are read when a connection is made. */
  readonly trustsEnvironment: boolean;
  /** What to offer by ALPN; `null` for what the transport speaks. */
  readonly alpn: readonly string[] | null;
}

/** Settings to be, with what is left out as the runtime has it. */
export type TLSTerms = Partial<Omit<TLSSettings, "memory">>;

/** Settings with a memory of their own. */
export function makeSettings(terms: TLSTerms): TLSSettings {
  return {
    verify: true,
    ca: [],
    isCaExclusive: false,
    trustsEnvironment: false,
    cert: null,
    key: null,
    minVersion: null,
    maxVersion: null,
    onSecret: null,
    alpn: null,
    ...terms,
    memory: new TLSMemory(),
  };
}

/**
 * The options of one connection: the settings, with the authorities that the environment names just now.
 *
 * @throws {TypeError} for a variable that names what can't be used
 */
export function tlsOptions(
  { trustsEnvironment, ...settings }: TLSSettings,
  peer: Pick<TLSOptions, "serverName" | "alpnProtocols">,
): TLSOptions {
  const environment = trustsEnvironment ? environmentAuthorities() : null;
  if (environment === null) return { ...settings, ...peer };
  return { ...settings, ...peer, ca: settings.memory.authorities(settings.ca, environment) };
}

/** Versions from the oldest to the newest. */
export const TLS_VERSIONS: readonly TLSVersion[] = ["TLSv1.2", "TLSv1.3"];

/** The certificates of a file, a folder or a text; there is one at least. */
export function certificatesFrom(pathOrPEM: string, source: string): string[] {
  const texts = textsOf(pathOrPEM, source);
  const certificates = distinct(texts.flatMap(certificatesIn));
  if (certificates.length === 0) {
    throw unusable(source, noCertificate(pathOrPEM));
  }
  for (const certificate of certificates) readCertificate(certificate, { pathOrPEM, source });
  return certificates;
}

/** The authorities that the environment names (`SSL_CERT_FILE`, else `SSL_CERT_DIR`); `null` if it names none. */
export function environmentAuthorities(): readonly string[] | null {
  const file = environmentVariable("SSL_CERT_FILE") ?? "";
  if (file !== "") return authoritiesAt([file], "SSL_CERT_FILE");
  const list = environmentVariable("SSL_CERT_DIR") ?? "";
  // As OpenSSL does: colons, but on Windows, where they stand behind drives.
  const folders = list.split(/^[a-z]:\\/i.test(list) ? ";" : ":").filter((name) => name !== "");
  return folders.length === 0 ? null : authoritiesAt(folders, "SSL_CERT_DIR");
}

/** Such files are large and change seldom, and every client looks at them: what was read last, and its stamp. */
let remembered: { readonly stamp: string; readonly certificates: readonly string[] } | null = null;

function authoritiesAt(paths: readonly string[], source: string): readonly string[] | null {
  const stamp = paths.map((path) => `${path} ${fileStamp(path)}`).join("\n");
  if (remembered?.stamp === stamp) return remembered.certificates;
  const read = paths.map((path) => ({ path, ...readTexts(path) }));
  // What the program has no permission for counts as absent (Deno).
  const allowed = read.filter(({ fault }) => fault !== "forbidden");
  if (allowed.length === 0) return null;
  const wayOut = `; or unset ${source}, or give trustEnv: false`;
  const certificates = allowed.flatMap(({ path, texts, fault }) => {
    if (fault !== null) throw unusable(source, `${fileFault(path, fault)}${wayOut}`);
    const found = texts.flatMap(certificatesIn);
    if (found.length === 0) throw unusable(source, `${noCertificate(path)}${wayOut}`);
    return found;
  });
  remembered = { stamp, certificates: distinct(certificates) };
  return remembered.certificates;
}

/** In a folder of certificates most stand twice or thrice: linked by their hash, and in one file with all others. */
function distinct(certificates: readonly string[]): string[] {
  return [...new Set(certificates)];
}

/** Writes the lines of a key log (`SSLKEYLOGFILE`); `null` where there is none. On Deno the runtime does it. */
export function environmentKeyLog(): ((line: Uint8Array) => void) | null {
  const path = environmentVariable("SSLKEYLOGFILE") ?? "";
  if (path === "" || runtimeName() === "deno") return null;
  const fault = appendToFile(path, new Uint8Array(0));
  if (fault === "forbidden") return null;
  if (fault !== null) {
    throw unusable(
      "SSLKEYLOGFILE",
      `file "${path}" can't be written to; unset SSLKEYLOGFILE, or give trustEnv: false`,
    );
  }
  return (line) => void appendToFile(path, line);
}

/** A client certificate with its chain, and the key to it. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Where an identity comes from, and what the options are called, for errors. */
export interface IdentitySources {
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string | null;
  readonly certSource: string;
  readonly keySource: string;
  /** How to give the passphrase. */
  readonly passphraseHint: string;
}

/**
 * Reads a client certificate and opens its key.
 *
 * @throws {TypeError} that names the option and what is wrong with the file or text
 */
export function readIdentity(sources: IdentitySources): Identity {
  const { cert, key, certSource, keySource } = sources;
  const chain = certificatesFrom(cert, certSource);
  const text = privateKeyIn(textsOf(key, keySource).join("\n"));
  if (text === null) throw unusable(keySource, `there is no private key in ${named(key)}`);
  const opened = openKey(text, sources);
  if (!belongs(opened, chain[0] ?? "")) {
    throw unusable(
      keySource,
      `the key in ${named(key)} does not belong to the certificate in ${named(cert)}`,
    );
  }
  return { cert: chain.join("\n"), key: opened };
}

/** The part of `node:crypto` that reads certificates and keys. */
interface CryptoModule {
  createPrivateKey(options: { key: string; passphrase?: string }): PrivateKey;
  X509Certificate: new (pem: string) => { checkPrivateKey(key: PrivateKey): boolean };
}

interface PrivateKey {
  export(options: { type: "pkcs8"; format: "pem" }): string;
}

function readCertificate(
  certificate: string,
  { pathOrPEM, source }: { readonly pathOrPEM: string; readonly source: string },
): void {
  const crypto = cryptoModule<CryptoModule>();
  if (crypto === null) return;
  try {
    new crypto.X509Certificate(certificate);
  } catch (cause) {
    throw unusable(source, `a certificate in ${named(pathOrPEM)} can't be read`, cause);
  }
}

/** The key, not encrypted: Deno's own sockets take no other. A key that is none is found here, not when connecting. */
function openKey(
  key: string,
  { key: pathOrPEM, keySource, passphrase, passphraseHint }: IdentitySources,
): string {
  const isEncrypted = key.includes("ENCRYPTED");
  if (isEncrypted && passphrase === null) {
    throw unusable(keySource, `the key in ${named(pathOrPEM)} is encrypted; ${passphraseHint}`);
  }
  const crypto = cryptoModule<CryptoModule>();
  if (crypto === null) return key;
  try {
    return crypto.createPrivateKey({ key, ...(passphrase !== null && { passphrase }) })
      .export({ type: "pkcs8", format: "pem" });
  } catch (cause) {
    throw unusable(
      keySource,
      `the key in ${named(pathOrPEM)} ${keyFault(cause, isEncrypted)}`,
      cause,
    );
  }
}

function keyFault(cause: unknown, isEncrypted: boolean): string {
  if (!isEncrypted) return "can't be read";
  if (!/unsupported/i.test(String((cause as Error).message))) {
    return "does not open with this passphrase";
  }
  return "is encrypted in a way that this runtime does not know; " +
    "encrypt it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc`";
}

function belongs(key: string, certificate: string): boolean {
  const crypto = cryptoModule<CryptoModule>();
  if (crypto === null) return true;
  return new crypto.X509Certificate(certificate).checkPrivateKey(crypto.createPrivateKey({ key }));
}

/** A text itself, or those of a file or of the files in a folder. */
function textsOf(pathOrPEM: string, source: string): readonly string[] {
  if (isText(pathOrPEM)) return [pathOrPEM];
  const { texts, fault } = readTexts(pathOrPEM);
  if (fault === null) return texts;
  throw unusable(source, fileFault(pathOrPEM, fault));
}

function fileFault(path: string, fault: FileFault): string {
  const why = {
    missing: "is not there",
    unreadable: "can't be read",
    forbidden: `may not be read; run with --allow-read=${path}`,
  }[fault];
  return `file "${path}" ${why}`;
}

function noCertificate(pathOrPEM: string): string {
  const form = '"-----BEGIN CERTIFICATE-----"';
  return `there is no certificate in ${named(pathOrPEM)}; it must be PEM, ${form}`;
}

/** An option or variable that can't be used. */
export function unusable(source: string, why: string, cause?: unknown): TypeError {
  return new TypeError(`Cannot use ${source}: ${why}`, cause === undefined ? undefined : { cause });
}

/** PEM, or what no path looks like and may be a key: several lines, or PEM without its first and last one. */
function isText(pathOrPEM: string): boolean {
  return isPEM(pathOrPEM) || /[\r\n]/.test(pathOrPEM) || /^MI[\w+/]{60,}=*$/.test(pathOrPEM);
}

/** A key never gets into a message: only a path does. */
function named(pathOrPEM: string): string {
  return isText(pathOrPEM) ? "the given text" : `file "${pathOrPEM}"`;
}
