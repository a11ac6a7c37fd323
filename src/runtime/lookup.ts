/**
 * Names as the operating system knows them: its hosts file, its resolver, its order of addresses (RFC 6724).
 * `Deno.resolveDns` and its like ask name servers alone, and know no hosts file.
 */
import { builtin, orNoDescriptor } from "./host.ts";

interface DNSModule {
  lookup(
    host: string,
    options: { readonly all: true; readonly verbatim: true },
    onDone: (error: Error | null, found?: readonly { readonly address: string }[]) => void,
  ): void;
}

/** The addresses of a name; rejects with the runtime's own error. */
export function lookup(host: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const dns = builtin<DNSModule>("node:dns");
    if (dns === null) throw new TypeError("This runtime has no resolver; use FetchTransport");
    dns.lookup(host, { all: true, verbatim: true }, (error, found = []) => {
      if (error !== null) reject(orNoDescriptor(error));
      else resolve(found.map(({ address }) => address));
    });
  });
}
