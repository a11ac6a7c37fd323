/** Read NDJSON line by line and server-sent events one by one, as they arrive. */
import { Client } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
await using client = new Client({ baseURL: server.url });

{
  await using response = await client.stream("GET", "/stream/3");
  for await (const line of response.iterLines()) console.log(JSON.parse(line).id);
}
{
  await using response = await client.stream("GET", "/sse/3");
  for await (const event of response.iterEvents()) console.log(event.type, event.data);
}
