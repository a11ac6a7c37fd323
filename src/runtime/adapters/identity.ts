/** Which peer is expected, and whether its certificate is the peer's, for every adapter. */
import { nameFault } from "../certificate_names.ts";
import type { TLSOptions } from "../connect_options.ts";
import { required } from "../host.ts";

interface NetModule {
  isIP(host: string): number;
}

/** The name under which a session is kept. */
export function sessionKey({ serverName }: TLSOptions, peer: string): string {
  return `${peer} ${serverName}`;
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
