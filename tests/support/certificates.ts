/**
 * Certificates and keys for tests, as PEM text: read from `certificates/`, made by `certificates/make.sh`.
 * The passphrase of the client's encrypted keys is `secret`.
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

/**
 * The authority that signed all but `selfSigned`, `selfSignedCA` and `stranger`; one that signed nothing else than the
 * last; and one that the first signed, which servers should send along.
 */
export const authorities = {
  ca: read("ca"),
  other: read("other_ca"),
  intermediate: read("intermediate"),
} as const;

const key = read("server_key");

/** Servers, by what is right or wrong with their certificate. */
export const servers = {
  /** For localhost, 127.0.0.1 and ::1. */
  good: { cert: read("server"), key },
  /** For *.wild.example. */
  wildcard: { cert: read("wildcard"), key },
  /** Signed by the intermediate authority, which is sent along. */
  chained: { cert: read("by_intermediate") + authorities.intermediate, key },
  /** The same, and the intermediate authority is not sent. */
  incomplete: { cert: read("by_intermediate"), key },
  /** For wrong.example. */
  wrongHost: { cert: read("faults/wrong_host"), key },
  /** For localhost by its common name alone. */
  commonName: { cert: read("faults/common_name"), key },
  /** For w*.wild.example. */
  partialWildcard: { cert: read("faults/partial_wildcard"), key },
  /** For "localhost.". */
  trailingDot: { cert: read("faults/trailing_dot"), key },
  expired: { cert: read("faults/expired"), key },
  notYetValid: { cert: read("faults/not_yet_valid"), key },
  selfSigned: { cert: read("faults/self_signed"), key },
  /** Signed by itself as an authority: what `openssl req -x509` makes. */
  selfSignedCA: { cert: read("faults/self_signed_ca"), key },
} as const satisfies Record<string, ServerIdentity>;

/** A client certificate, with its key plain and encrypted; and one of the same key that the other authority signed. */
export const client = {
  cert: read("clients/client"),
  key: read("clients/key"),
  encryptedKey: read("clients/key_encrypted"),
  /** Encrypted as OpenSSL did before PKCS #8. */
  traditionalKey: read("clients/key_traditional"),
  passphrase: "secret",
  stranger: read("clients/stranger"),
} as const;
