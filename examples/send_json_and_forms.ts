/** Send JSON, a form, or bytes of your own. */
import { Client } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
await using client = new Client({ baseURL: server.url });

const json = await client.post("/post", { json: { name: "Ada", langs: ["ts", "py"] } });
console.log((await json.json<{ json: unknown }>()).json);

const form = await client.post("/post", { data: { name: "Ada", lang: ["ts", "py"] } });
console.log((await form.json<{ form: unknown }>()).form);

const text = await client.put("/put", {
  content: "plain bytes",
  headers: { "content-type": "text/plain" },
});
console.log((await text.json<{ data: string }>()).data);
