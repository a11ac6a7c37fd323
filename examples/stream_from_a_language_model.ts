/** Show an answer while it is written: POST JSON, read JSON deltas from server-sent events, stop at `[DONE]`. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "@httpx/httpx";

const server = createServer((_, response) => {
  response.setHeader("content-type", "text/event-stream");
  for (const word of ["Every", "wait", "has", "a", "deadline."]) {
    response.write(`data: ${JSON.stringify({ delta: `${word} ` })}\n\n`);
  }
  response.end("data: [DONE]\n\n");
}).listen(0, "127.0.0.1");
await once(server, "listening");

{
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using client = new Client({ baseURL, headers: { authorization: "Bearer key" } });
  await using events = client.events("POST", "/v1/chat", {
    json: { model: "small", stream: true, messages: [{ role: "user", content: "Why?" }] },
    silenceMs: 30_000, // a server that sends nothing for so long is gone
  });
  let answer = "";
  for await (const { data } of events) {
    if (data === "[DONE]") break;
    answer += (JSON.parse(data) as { delta: string }).delta;
  }
  console.log(answer.trim());
}
server.close();
