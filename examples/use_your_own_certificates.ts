/** HTTPS with a certificate authority of your own, and a client certificate. */
import { Client, ConnectError, createTLSContext } from "@httpx/httpx";
import { startSecureServer } from "./support/secure_server.ts";

await using server = await startSecureServer();

try {
  await using stranger = new Client();
  await stranger.get(server.url);
} catch (error) {
  if (!(error instanceof ConnectError)) throw error;
  console.log(error.message); // … pass its CA certificate (a path or PEM) as `verify`
}

// Files are read, and a wrong passphrase is found, here and not at the first request.
const context = createTLSContext({
  ca: server.caPath,
  cert: server.certPath,
  key: server.keyPath,
  passphrase: "secret",
});
await using client = new Client({ verify: context });
console.log(await (await client.get(server.url)).text());
