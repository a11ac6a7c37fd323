/** A script that waits for nothing: the synchronous client blocks until the answer is there. */
import { SyncClient } from "@httpx/httpx/sync";
import { startHttpbinThread } from "./support/httpbin_thread.ts";

using server = await startHttpbinThread(); // not in this thread, which blocks

using client = new SyncClient({ baseURL: server.url, timeout: 3000 });

const { args } = client.get("/get", { params: { q: "deno" } }).raiseForStatus().json<{
  args: Record<string, string>;
}>();
console.log(args);

function* lines(): Generator<Uint8Array> {
  for (const n of [1, 2, 3]) yield new TextEncoder().encode(`line ${n}\n`);
}
console.log(client.post("/post", { content: lines() }).json<{ data: string }>().data);

using response = client.stream("GET", "/stream/3");
for (const line of response.iterLines()) console.log(JSON.parse(line).id);
