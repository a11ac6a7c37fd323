/** Event hooks see every request and response of a client, redirects included. */
import { Client } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
await using client = new Client({
  baseURL: server.url,
  followRedirects: true,
  eventHooks: {
    request: [(request) => console.log(">", request.method, new URL(request.url).pathname)],
    response: [(response) => console.log("<", response.status)],
  },
});

await client.get("/redirect/1");
