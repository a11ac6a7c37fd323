/** Hand `client.fetch` to any library that takes a fetch: it keeps your pool, cookies and timeouts. */
import { Client } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
await using client = new Client({ headers: { "x-app": "demo" } });

async function someLibrary(fetch: typeof globalThis.fetch): Promise<unknown> {
  const response = await fetch(`${server.url}/headers`, { headers: { "x-own": "1" } });
  return await response.json();
}

console.log(await someLibrary(client.fetch));
