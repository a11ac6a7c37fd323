/** Send a request again when it failed in a way that may pass: an option of the client, or of one call. */
import * as httpx from "@httpx/httpx";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

// Busy twice, then there.
let requests = 0;
const server = createServer((_, response) => {
  response.statusCode = ++requests < 3 ? 503 : 200;
  response.end(`answer ${requests}`);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const client = new httpx.Client({
  retry: {
    limit: 3, // further tries
    backoff: { baseMs: 20 }, // a random part of 20 ms, 40 ms, 80 ms …
    onRetry: ({ number, outcome, waitMs }) =>
      console.log(`try ${number}: ${outcome}, next in ${waitMs?.toFixed(0)} ms`),
  },
});
try {
  const response = await client.get(url);
  console.log(await response.text(), response.extensions.retries?.length, "tries");

  // Never twice: the server may have acted on it.
  requests = 0;
  const posted = await client.post(url, { json: { amount: 5 } });
  console.log(posted.status, posted.extensions.retries?.at(-1)?.stoppedBy);

  // Again, because the server knows this key.
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  console.log((await client.post(url, { json: { amount: 5 }, headers })).status);
} finally {
  await client.close();
  server.close();
}
