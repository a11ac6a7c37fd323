/** A client keeps connections, cookies, headers and credentials from request to request. */
import { Client } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
await using client = new Client({
  baseURL: server.url,
  headers: { "x-app": "demo" },
  followRedirects: true,
});

await client.get("/cookies/set/session/abc123");
const response = await client.get("/cookies");
console.log(await response.json());
console.log(client.cookies.list().map(({ name, domain }) => `${name} for ${domain}`));
