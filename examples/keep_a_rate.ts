/** Keep a rate: so many requests in any stretch of time, so many at once, each try of a retry counted. */
import * as httpx from "@httpx/httpx";
import { rateLimit } from "@httpx/httpx/limit";
import { retry } from "@httpx/httpx/retry";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();

const client = new httpx.Client({
  // The first is outermost: each try waits for its turn.
  middleware: [retry({ limit: 2 }), rateLimit({ requests: 5, perMs: 200, concurrency: 3 })],
  timeout: { total: 10_000 }, // waiting for a turn counts
});
try {
  const began = performance.now();
  const calls = Array.from(
    { length: 12 },
    (_, page) => client.get(`${server.url}/get`, { params: { page } }),
  );
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  const waited = performance.now() - began >= 400;
  console.log(statuses.join(" "), waited ? "in three windows of 200 ms" : "too fast");
} finally {
  await client.close();
}
