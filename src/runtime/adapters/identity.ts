/**
 * Who a peer is and who vouches for it, whichever adapter asks: what Node's modules know of that, which every runtime
 * has that has sockets. They are asked for when they are needed: loading them takes longer than connecting.
 */
import type { TLSOptions } from "../connect_options.ts";
import { nameFault } from "../certificate_names.ts";
import { builtin, mayReadAuthorities, required } from "../host.ts";

/** As much of `node:tls` as is used here. */
interface TLSModule {
  readonly rootCertificates: readonly string[];
  /** Not on Node before 22.15. */
  getCACertificates?(of: "default" | "system"): readonly string[];
}

interface NetModule {
  isIP(host: string): number;
}

/** Under which name a session is remembered. */
export function sessionKey({ serverName }: TLSOptions, peer: string): string {
  return `${peer} ${serverName}`;
}

/** Whom to trust, all of them; `null` for those whom the runtime trusts by itself. */
export function authoritiesOf({ ca, isCaExclusive }: TLSOptions): readonly string[] | null {
  if (ca.length === 0) return null;
  return isCaExclusive ? ca : [...runtimeAuthorities(), ...ca];
}

function runtimeAuthorities(): readonly string[] {
  if (!mayReadAuthorities()) {
    throw Object.assign(new Error('Requires sys access to "ca"'), { name: "NotCapable" });
  }
  const { getCACertificates, rootCertificates } = required<TLSModule>("node:tls");
  return getCACertificates?.("default") ?? rootCertificates;
}

/** The authorities that the operating system trusts; `null` where the runtime has no way to them, or may not say. */
export function systemAuthorities(): readonly string[] | null {
  if (!mayReadAuthorities()) return null;
  return builtin<TLSModule>("node:tls")?.getCACertificates?.("system") ?? null;
}

/** Whether a host is an IP address. */
export function isAddress(host: string): boolean {
  return required<NetModule>("node:net").isIP(host) !== 0;
}

/**
 * Why a certificate is not one for a host, as the error that adapters reject with; `null` if it is. The runtimes' own
 * checks differ: some accept a common name, or wildcards inside a label.
 */
export function identityError(host: string, certificate: object): Error | null {
  const fault = nameFault(host, certificate);
  if (fault === null) return null;
  return Object.assign(new Error(fault), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
    host,
    cert: certificate,
  });
}
