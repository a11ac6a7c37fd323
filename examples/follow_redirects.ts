/** Redirects are off by default, so that you see them; turn them on for one call or a client. */
import { Client, TooManyRedirects } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
await using client = new Client({ baseURL: server.url, maxRedirects: 5 });

const first = await client.get("/redirect/2");
console.log(first.status, first.hasRedirectLocation, first.nextRequest?.url);

const last = await client.get("/redirect/2", { followRedirects: true });
console.log(last.status, last.url, last.history.map((response) => response.status));

try {
  await client.get("/redirect/9", { followRedirects: true });
} catch (error) {
  if (!(error instanceof TooManyRedirects)) throw error;
  console.log(error.message);
}
