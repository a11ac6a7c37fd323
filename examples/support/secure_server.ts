/** A server over TLS that only this machine's own authority has signed for, and that wants a client certificate. */
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { authorities, certificatePath, servers } from "../../tests/support/certificates.ts";

/** A running server, and the files that a client of it needs. */
export interface SecureServer extends AsyncDisposable {
  /** `https://localhost:PORT` */
  readonly url: string;
  /** The authority's certificate. */
  readonly caPath: string;
  /** The client's certificate. */
  readonly certPath: string;
  /** The client's key, encrypted; the passphrase is `secret`. */
  readonly keyPath: string;
}

/** Starts the server; it greets each client by the name in its certificate. */
export async function startSecureServer(): Promise<SecureServer> {
  const terms = { ...servers.good, ca: authorities.ca };
  const server = createServer(
    { ...terms, requestCert: true, rejectUnauthorized: true },
    (socket) => {
      const text = `Hello, ${socket.getPeerCertificate().subject.CN}!`;
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n`;
      socket.on("error", () => {});
      socket.once("data", () => socket.end(head + text));
    },
  );
  server.on("tlsClientError", () => {}); // a client that does not trust it
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo; // of a TCP server it is no string
  return {
    url: `https://localhost:${port}/`,
    caPath: certificatePath("ca"),
    certPath: certificatePath("clients/client"),
    keyPath: certificatePath("clients/key_encrypted"),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
