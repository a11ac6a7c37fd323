/** Send a body that is made while it is sent: any iterable or ReadableStream of bytes. */
import * as httpx from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();

async function* lines(): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    yield encoder.encode(`line ${i}\n`);
  }
}

const response = await httpx.post(`${server.url}/post`, { content: lines() });
console.log((await response.json<{ data: string }>()).data);
