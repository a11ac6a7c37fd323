/** A hundred requests share ten connections. */
import { Client } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
await using client = new Client({ baseURL: server.url, limits: { maxConnections: 10 } });

const responses = await Promise.all(
  Array.from({ length: 100 }, (_, i) => client.get("/get", { params: { i } })),
);
console.log(responses.filter((response) => response.ok).length);
