/**
 * The answer to a Digest challenge, RFC 7616 §3.4: pure arithmetic over what is known, without a request or a random
 * number of its own. Texts are byte strings, one char a byte, as in header fields: what the server wrote is hashed and
 * sent back as it came, whatever its charset.
 */
import { cryptoModule } from "../runtime/host.ts";
import { decodeLatin1 } from "../semantics/latin1.ts";
import type { DigestChallenge, HashName } from "./digest_challenge.ts";

/** As much of `node:crypto` as is needed. */
interface CryptoModule {
  createHash(name: HashName): Hash;
}

interface Hash {
  update(data: Uint8Array): Hash;
  update(text: string, encoding: "latin1"): Hash;
  digest(encoding: "hex"): string;
}

/** What a user knows, as UTF-8 byte strings. */
export interface DigestUser {
  readonly username: string;
  readonly password: string;
}

/** The same, of text. */
export function digestUser(username: string, password: string): DigestUser {
  return { username: utf8Bytes(username), password: utf8Bytes(password) };
}

function utf8Bytes(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return decodeLatin1(bytes, 0, bytes.length);
}

/** What is answered, and with which numbers. */
export interface DigestRequest {
  readonly challenge: DigestChallenge;
  readonly method: string;
  /** The request target, exactly as it is sent. */
  readonly uri: string;
  /** How many requests have used this nonce, this one counted. */
  readonly count: number;
  readonly cnonce: string;
  /** For `-sess`: the nonces of the first request that answered the challenge (§3.4.2). */
  readonly session: { readonly nonce: string; readonly cnonce: string };
  /** For `auth-int`: the hash of the body, in hex. */
  readonly bodyHash: string;
}

/** Whether this runtime has the hashes: all do that have `node:crypto`. */
export function hasDigestHashes(): boolean {
  return cryptoModule() !== null;
}

/** The hash of a body, chunk by chunk. */
export function startHash(name: HashName): Hash {
  const crypto = cryptoModule<CryptoModule>();
  if (crypto === null) {
    throw new TypeError("Cannot compute a digest: this runtime has no node:crypto");
  }
  return crypto.createHash(name);
}

/** The value of `Authorization`, its parameters in the order of the RFC's examples (§3.9). */
export function digestAuthorization(user: DigestUser, request: DigestRequest): string {
  const { challenge, uri, count, cnonce } = request;
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const parameters = [
    ...namedUser(user, challenge),
    `realm=${quoted(realm)}`,
    `uri=${quoted(uri)}`,
    ...(algorithm === null ? [] : [`algorithm=${algorithm}`]),
    `nonce=${quoted(nonce)}`,
    // An old server that names no qop knows neither count nor cnonce (RFC 2069); a session needs the latter.
    ...(qop === null ? [] : [`nc=${hexCount(count)}`]),
    ...(qop === null && !challenge.isSession ? [] : [`cnonce=${quoted(cnonce)}`]),
    ...(qop === null ? [] : [`qop=${qop}`]),
    `response=${quoted(digestResponse(user, request))}`,
    ...(opaque === null ? [] : [`opaque=${quoted(opaque)}`]),
    ...(challenge.wantsUserHash ? ["userhash=true"] : []),
  ];
  return `Digest ${parameters.join(", ")}`;
}

/** §3.4.1: the proof that the password is known. */
function digestResponse(user: DigestUser, request: DigestRequest): string {
  const { challenge, method, uri, count, cnonce, session, bodyHash } = request;
  const { hash: name, realm, nonce, qop, isSession } = challenge;
  const hash = (text: string) => startHash(name).update(text, "latin1").digest("hex");
  const secret = hash(`${user.username}:${realm}:${user.password}`);
  const a1 = isSession ? hash(`${secret}:${session.nonce}:${session.cnonce}`) : secret;
  const a2 = hash(qop === "auth-int" ? `${method}:${uri}:${bodyHash}` : `${method}:${uri}`);
  return hash(
    qop === null
      ? `${a1}:${nonce}:${a2}`
      : `${a1}:${nonce}:${hexCount(count)}:${cnonce}:${qop}:${a2}`,
  );
}

/** §3.4.4: hashed; or as extended value where the server reads UTF-8 (RFC 8187); or as it is. */
function namedUser({ username }: DigestUser, challenge: DigestChallenge): string[] {
  const { realm, hash, wantsUserHash, isUTF8 } = challenge;
  if (wantsUserHash) {
    const hashed = startHash(hash).update(`${username}:${realm}`, "latin1").digest("hex");
    return [`username=${quoted(hashed)}`];
  }
  if (isUTF8 && /[^ -~]/.test(username)) return [`username*=UTF-8''${percentEncoded(username)}`];
  return [`username=${quoted(username)}`];
}

function percentEncoded(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9!#$&+.^_`|~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function hexCount(count: number): string {
  return count.toString(16).padStart(8, "0");
}
