/**
 * Certificates and keys for tests, as PEM text: read from `certificates/`, made by `certificates/make.sh`.
 * The passphrase of `clientKeyEncrypted` is `secret`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where a fixture is: `"ca"` → `…/certificates/ca.pem`. */
export function certificatePath(name: string): string {
  return fileURLToPath(new URL(`./certificates/${name}.pem`, import.meta.url));
}

function read(name: string): string {
  return readFileSync(certificatePath(name), "utf8");
}

/** What makes a TLS server: its certificate and key. */
export interface ServerIdentity {
  readonly cert: string;
  readonly key: string;
}

/** The authority that signed all but `selfSigned`, and one that signed nothing. */
export const authorities = { ca: read("ca"), other: read("other_ca") } as const;

const key = read("server_key");

/** Servers, by what is right or wrong with their certificate. */
export const servers = {
  /** For localhost, 127.0.0.1 and ::1. */
  good: { cert: read("server"), key },
  wrongHost: { cert: read("wrong_host"), key },
  expired: { cert: read("expired"), key },
  selfSigned: { cert: read("self_signed"), key },
} as const satisfies Record<string, ServerIdentity>;

/** A client certificate, with its key plain and encrypted. */
export const client = {
  cert: read("client"),
  key: read("client_key"),
  encryptedKey: read("client_key_encrypted"),
  passphrase: "secret",
} as const;
