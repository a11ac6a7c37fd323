/** An AbortSignal ends a call at any point, and frees its connection. */
import * as httpx from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
const controller = new AbortController();
const call = httpx.get(`${server.url}/delay/5`, { signal: controller.signal });
controller.abort(new Error("the user pressed Escape"));

try {
  await call;
} catch (error) {
  console.log(String(error));
}
