/** Every failure is an error of one tree: catch as much or as little of it as you like. */
import * as httpx from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();

try {
  (await httpx.get(`${server.url}/status/404`)).raiseForStatus();
} catch (error) {
  if (!(error instanceof httpx.HTTPStatusError)) throw error;
  console.log(error.response.status, error.message);
}

try {
  await httpx.get(`${server.url}/delay/3`, { timeout: new httpx.Timeout(5000, { read: 200 }) });
} catch (error) {
  if (!(error instanceof httpx.ReadTimeout)) throw error;
  console.log(error.message);
}

try {
  await httpx.get("http://127.0.0.1:1/");
} catch (error) {
  if (!(error instanceof httpx.ConnectError)) throw error;
  console.log(error.phase, error.safeToRetry, error.message);
}
