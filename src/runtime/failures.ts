/**
 * What the runtimes' errors mean, as errors of this library: what happened, to which peer, and what to
 * do about it. The original stays as `cause`.
 */
import { ConnectError, type Phase, ReadError, WriteError } from "../errors.ts";

interface RuntimeError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  /** The peer's certificate, where it is for another name. */
  readonly cert?: { readonly subjectaltname?: string };
}

/** What can be wrong with a certificate. */
export type CertificateFault =
  | "unknownIssuer"
  | "selfSigned"
  | "authority"
  | "expired"
  | "notYetValid"
  | "revoked"
  | "wrongPurpose"
  | "wrongName";

/** Node's codes for certificates that can't be trusted, and what OpenSSL's mean. */
const CERTIFICATE_CODES: Readonly<Record<string, CertificateFault>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknownIssuer",
  UNABLE_TO_GET_ISSUER_CERT: "unknownIssuer",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknownIssuer",
  SELF_SIGNED_CERT_IN_CHAIN: "unknownIssuer",
  DEPTH_ZERO_SELF_SIGNED_CERT: "selfSigned",
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "notYetValid",
  CERT_REVOKED: "revoked",
  INVALID_PURPOSE: "wrongPurpose",
  ERR_TLS_CERT_ALTNAME_INVALID: "wrongName",
};

/** The same in the words of rustls (Deno) and BoringSSL (Bun). The first that fits counts. */
const CERTIFICATE_WORDS: readonly (readonly [CertificateFault, RegExp])[] = [
  ["authority", /CaUsedAsEndEntity/],
  ["selfSigned", /self.signed/i],
  ["unknownIssuer", /UnknownIssuer|unable to (get|verify)/i],
  ["expired", /certificate.*(Expired|has expired)/i],
  ["notYetValid", /NotValidYet|not (yet valid|valid yet)/i],
  ["revoked", /certificate.*revoked|: Revoked/i],
  ["wrongPurpose", /InvalidPurpose|not allow extended key usage|certificate purpose/i],
  ["wrongName", /not valid for name|NotValidForName|altname|hostname mismatch/i],
];

const CERTIFICATE_REASONS: Readonly<Record<CertificateFault, string>> = {
  unknownIssuer: "the certificate is not signed by a trusted authority; " +
    "pass its CA certificate (a path or PEM) as `verify`",
  selfSigned: "the certificate is self-signed; to trust it, pass it as `verify`",
  authority: "the certificate is a CA's own, which Deno takes from a server only where it alone " +
    "is trusted; to trust it, pass it as `verify`",
  expired: "the certificate has expired; the server needs a new one",
  notYetValid: "the certificate is not valid yet; check this machine's clock",
  revoked: "the certificate was revoked; the server needs a new one",
  wrongPurpose: "the certificate is not one for servers; the server needs another",
  wrongName: "the certificate is for another host",
};

/** What a server refuses by an alert (RFC 8446 §6.2), letters alone, and what that means here. */
const ALERTS: readonly (readonly [RegExp, string])[] = [
  [
    /alertprotocolversion|unsupportedprotocol|doesnotsupporttls12or13/,
    "the server speaks no version of TLS that is allowed here: there are TLS 1.2 and 1.3, " +
    "less what minVersion and maxVersion leave out",
  ],
  [
    /noapplicationprotocol/,
    "the server speaks nothing of what is offered by ALPN; look at http1, http2 and alpn",
  ],
  [/alertcertificaterequired/, "the server wants a client certificate; pass `cert`"],
  [
    /alert(badcertificate|unknownca|certificate(unknown|expired|revoked)|unsupportedcertificate|accessdenied|decrypterror)/,
    "the server does not accept the client certificate; look at `cert`",
  ],
  [/unrecognizedname/, "the server has no host of the name that it was asked for (SNI)"],
  [
    /alert(handshakefailure|insufficientsecurity)/,
    "the server refused the handshake: no cipher in common, " +
    "or it wants a client certificate (pass `cert`)",
  ],
];

/** How far an attempt had come. */
export interface ConnectProgress {
  /** The peer was connected, and TLS was to follow. */
  readonly isSecuring: boolean;
  /** What is known of the certificate beside the error. */
  readonly fault?: CertificateFault;
}

/** Why a connection could not be made. */
export function connectFailure(
  error: unknown,
  peer: string,
  { isSecuring, fault }: ConnectProgress,
): ConnectError {
  const { phase, reason } = fault !== undefined
    ? { phase: "tls" as const, reason: CERTIFICATE_REASONS[fault] }
    : isSecuring && isAbout(error, BROKEN)
    ? { phase: "tls" as const, reason: "the server broke off the TLS handshake" }
    : explainConnect(error, peer);
  return new ConnectError(`Cannot connect to ${peer}: ${reason}`, {
    cause: error,
    phase,
    peer,
    safeToRetry: true,
  });
}

const BROKEN =
  /ECONNRESET|EPIPE|reset|UnexpectedEof|handshake eof|closed|disconnected|broken pipe/i;

/** Whether an error says that the peer broke off a TLS handshake, which may succeed the next time. */
export function isBrokenHandshake(error: unknown): boolean {
  return isAbout(error, BROKEN);
}

/** Whether an error says that the program was not allowed to connect. */
export function isPermissionMissing(error: unknown): boolean {
  const { name = "", message = "" } = asRuntimeError(error);
  return name === "NotCapable" || name === "PermissionDenied" || /getaddrinfo EPERM/.test(message);
}

/** Why reading broke off. */
export function readFailure(error: unknown): ReadError {
  return new ReadError(explainBreak(error), { cause: error, phase: "receive" });
}

/** Why writing broke off. */
export function writeFailure(error: unknown): WriteError {
  return new WriteError(explainBreak(error), { cause: error, phase: "send" });
}

function explainConnect(error: unknown, peer: string): { phase: Phase; reason: string } {
  const { name = "", message = "" } = asRuntimeError(error);
  const certificate = certificateFault(error);
  if (certificate !== null) {
    const reason = certificate === "wrongName"
      ? wrongNameReason(error)
      : CERTIFICATE_REASONS[certificate];
    return { phase: "tls", reason };
  }
  const refusal = alertReason(error);
  if (refusal !== null) return { phase: "tls", reason: refusal };
  if (name === "NotCapable" || name === "PermissionDenied") {
    if (message.includes('sys access to "ca"')) {
      return { phase: "tls", reason: "permission is missing; run with --allow-sys" };
    }
    if (/(?:read|write) access to|"unix:/.test(message)) { // a UNIX socket wants all three
      const flags = `--allow-net --allow-read=${peer} --allow-write=${peer}`;
      return { phase: "connect", reason: `permission is missing; run with ${flags}` };
    }
    // Deno's node:net asks for each address of a name: then the message has the address.
    const [, asked = peer] = /net access to "([^"]+)"/.exec(message) ?? [];
    return { phase: "connect", reason: `permission is missing; run with --allow-net=${asked}` };
  }
  if (isAbout(error, /EMFILE|ENFILE|too many open files/i)) {
    const wayOut = "close some, lower limits.maxConnections, or raise the limit (ulimit -n)";
    return { phase: "connect", reason: `too many files and connections are open; ${wayOut}` };
  }
  const [, unasked] = /getaddrinfo EPERM (\S+)/.exec(message) ?? []; // Deno's node:dns
  if (unasked !== undefined) {
    return { phase: "dns", reason: `permission is missing; run with --allow-net=${unasked}` };
  }
  if (isAbout(error, /ENOTFOUND|EAI_AGAIN|ENODATA|failed to lookup|name or service|\bdns error/i)) {
    return { phase: "dns", reason: "its name could not be resolved" };
  }
  if (name === "ConnectionRefused" || isAbout(error, /ECONNREFUSED|refused/i)) {
    return { phase: "connect", reason: "connection refused" };
  }
  if (isAbout(error, /ENOENT|NotFound|no such file/i)) {
    return { phase: "connect", reason: "there is no such socket" };
  }
  if (isAbout(error, /ENETUNREACH|EHOSTUNREACH|unreachable/i)) {
    return { phase: "connect", reason: "the network has no way there" };
  }
  if (isAbout(error, /ETIMEDOUT|timed out/i)) {
    return { phase: "connect", reason: "the network gave no answer" };
  }
  if (isAbout(error, /WRONG_VERSION_NUMBER|wrong version number|InvalidContentType/)) {
    return { phase: "tls", reason: "it does not speak TLS; did you mean http://?" };
  }
  if (isAbout(error, /\bPEM\b|private key|keys found|key values mismatch|decode/i)) {
    return { phase: "tls", reason: `its client certificate or key can't be used (${message})` };
  }
  if (isAbout(error, /tls|ssl|handshake|alert|corrupt|InvalidData|EPROTO/i)) {
    return { phase: "tls", reason: `TLS failed (${message})` };
  }
  if (isAbout(error, BROKEN)) {
    return { phase: "connect", reason: "the connection was reset" };
  }
  return { phase: "connect", reason: message === "" ? "no reason is known" : message };
}

/** What is wrong with the peer's certificate, as far as an error shows; `null` if it is about something else. */
export function certificateFault(error: unknown): CertificateFault | null {
  const { code = "", message = "" } = asRuntimeError(error);
  const known = Object.hasOwn(CERTIFICATE_CODES, code) ? CERTIFICATE_CODES[code] : undefined;
  // An alert is what the peer says of ours.
  const said = /alert/i.test(message)
    ? null
    : CERTIFICATE_WORDS.find(([, words]) => words.test(message))?.[0] ?? null;
  return known ?? said;
}

/** The same of a certificate with an unknown issuer (the shape of `node:tls`). */
export function faultOfUntrusted(
  { subject, issuer, valid_from: from, valid_to: to }: Readonly<Record<string, unknown>>,
  now: number,
): CertificateFault {
  if (now > Date.parse(String(to))) return "expired";
  if (now < Date.parse(String(from))) return "notYetValid";
  const isOwn = subject !== undefined && JSON.stringify(subject) === JSON.stringify(issuer);
  return isOwn ? "selfSigned" : "unknownIssuer";
}

const NO_NAMES =
  "the certificate names no host in subjectAltName, and a common name does not count " +
  "(RFC 9525); the server needs another";

/** How many names of a certificate a message lists. */
const MAX_NAMES = 5;

/** Certificates name their hosts, and errors, each in its way, the certificate's. */
function wrongNameReason(error: unknown): string {
  const { message = "", cert } = asRuntimeError(error);
  if (/no subjectAltName|not valid for any names|presented: \[\]/.test(message)) return NO_NAMES;
  const text = cert?.subjectaltname ?? message;
  const names = [
    ...text.matchAll(/(?:DNS:|IP Address:|DnsName\("|IpAddress\()([\w.*:-]{1,253})/g),
  ].map(([, name = ""]) => shortAddress(name));
  if (names.length === 0) return CERTIFICATE_REASONS.wrongName;
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `the certificate is for ${names.slice(0, MAX_NAMES).join(", ")}${more}, not for this ` +
    "host; ask by a name that it is for, or give that as extensions.sni_hostname";
}

/** An IPv6 address as it is usually written. */
function shortAddress(name: string): string {
  const url = `http://[${name}]`;
  return name.includes(":") && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : name;
}

/** Why the server refused the handshake; `null` where that is not what happened. */
function alertReason(error: unknown): string | null {
  const { code = "", message = "" } = asRuntimeError(error);
  const letters = `${code} ${message}`.toLowerCase().replace(/[^a-z0-9]/g, "");
  return ALERTS.find(([words]) => words.test(letters))?.[1] ?? null;
}

/** rustls, after the handshake: RFC 5246 §7.2.2 has no other use for this alert there. */
const RENEGOTIATION =
  "the server wanted to renegotiate TLS 1.2, usually to ask for a client certificate, " +
  "which Deno does not support; have it ask in the handshake, or allow TLS 1.3";

function explainBreak(error: unknown): string {
  if (isAbout(error, /alert.*(HandshakeFailure|NoRenegotiation)/)) return RENEGOTIATION;
  // In TLS 1.3 a server looks at the client's certificate when the client is through already.
  const refusal = alertReason(error);
  if (refusal !== null) return refusal;
  if (isAbout(error, /ECONNRESET|reset/i)) return "connection reset by the peer";
  if (isAbout(error, /EPIPE|BrokenPipe|broken pipe/i)) return "the peer has closed the connection";
  if (isAbout(error, /close_notify|UnexpectedEof/i)) return "the peer ended TLS without saying so";
  const { message = "" } = asRuntimeError(error);
  return message === "" ? "the connection broke" : message;
}

function isAbout(error: unknown, words: RegExp): boolean {
  const { name = "", code = "", message = "" } = asRuntimeError(error);
  return words.test(code) || words.test(name) || words.test(message);
}

function asRuntimeError(error: unknown): RuntimeError {
  return typeof error === "object" && error !== null ? error : { message: String(error) };
}
