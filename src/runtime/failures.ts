/**
 * What the runtimes' errors mean, as errors of this library: what happened, to which peer, and what to
 * do about it. The original stays as `cause`.
 */
import { ConnectError, type Phase, ReadError, WriteError } from "../errors.ts";

interface RuntimeError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
}

/** Node's codes for certificates that can't be trusted, and what OpenSSL's mean. */
const CERTIFICATE_CODES: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknownIssuer",
  UNABLE_TO_GET_ISSUER_CERT: "unknownIssuer",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknownIssuer",
  SELF_SIGNED_CERT_IN_CHAIN: "unknownIssuer",
  DEPTH_ZERO_SELF_SIGNED_CERT: "unknownIssuer",
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "notYetValid",
  ERR_TLS_CERT_ALTNAME_INVALID: "wrongName",
};

const CERTIFICATE_MESSAGES: Readonly<Record<string, string>> = {
  unknownIssuer: "the certificate is not signed by a trusted authority; " +
    "pass its CA certificate as `verify`",
  expired: "the certificate has expired",
  notYetValid: "the certificate is not valid yet; check this machine's clock",
  wrongName: "the certificate is for another host name",
};

/** How far an attempt had come. */
export interface Progress {
  /** The peer was connected, and TLS was to follow. */
  readonly isSecuring: boolean;
}

/** Why a connection could not be made. */
export function connectFailure(
  error: unknown,
  peer: string,
  { isSecuring }: Progress,
): ConnectError {
  const { phase, reason } = isSecuring && isAbout(error, BROKEN)
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

/** Why reading broke off. */
export function readFailure(error: unknown): ReadError {
  return new ReadError(explainBreak(error), { cause: error, phase: "receive" });
}

/** Why writing broke off. */
export function writeFailure(error: unknown): WriteError {
  return new WriteError(explainBreak(error), { cause: error, phase: "send" });
}

function explainConnect(error: unknown, peer: string): { phase: Phase; reason: string } {
  const { name = "", code = "", message = "" } = asRuntimeError(error);
  const certificate = CERTIFICATE_CODES[code] ?? certificateProblem(message);
  if (certificate !== null) {
    return { phase: "tls", reason: CERTIFICATE_MESSAGES[certificate] ?? message };
  }
  if (name === "NotCapable" || name === "PermissionDenied") {
    // Deno's node:net asks for each address of a name: then the message has the address.
    const [, asked = peer] = /net access to "([^"]+)"/.exec(message) ?? [];
    return { phase: "connect", reason: `permission is missing; run with --allow-net=${asked}` };
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

/** The same problems in the words of rustls (Deno) and BoringSSL (Bun). */
function certificateProblem(message: string): string | null {
  if (/UnknownIssuer|CaUsedAsEndEntity|self.signed|unable to (get|verify)/i.test(message)) {
    return "unknownIssuer";
  }
  if (/certificate.*(Expired|has expired)/i.test(message)) return "expired";
  if (/NotValidYet|not yet valid/i.test(message)) return "notYetValid";
  if (/not valid for name|NotValidForName|altname|hostname mismatch/i.test(message)) {
    return "wrongName";
  }
  return null;
}

function explainBreak(error: unknown): string {
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
