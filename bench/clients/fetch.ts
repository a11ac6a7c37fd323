/** The runtime's own `fetch`. */
import type { BenchClient } from "./client.ts";

/** Over TLS, with a certificate authority of one's own. */
export function makeSecureClient(authority: string, protocol?: "http2"): BenchClient {
  if (!("Bun" in globalThis)) {
    return makeClient({ client: Deno.createHttpClient({ caCerts: [authority] }) });
  }
  return makeClient({ tls: { ca: authority }, ...protocol && { protocol } });
}

/**
 * @param terms what the runtime's `fetch` takes beyond the standard
 * @param fetch the runtime's own, or a drop-in
 */
export function makeClient(
  terms: Record<string, unknown> = {},
  fetch: (url: string, init: RequestInit) => Promise<Response> = globalThis.fetch,
): BenchClient {
  return {
    async get(url) {
      return (await (await fetch(url, terms)).bytes()).length;
    },
    async post(url, body) {
      const request = { ...terms, method: "POST", body: body as BodyInit }; // typed without its buffer
      return (await (await fetch(url, request)).bytes()).length;
    },
    async download(url, onPiece) {
      const { body } = await fetch(url, terms);
      let size = 0;
      for await (const piece of body ?? []) {
        size += piece.length;
        onPiece();
      }
      return size;
    },
  };
}
