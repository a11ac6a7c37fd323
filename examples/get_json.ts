/** Ask an API for JSON, with query parameters. */
import * as httpx from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();

const response = await httpx.get(`${server.url}/get`, { params: { q: "deno", page: [1, 2] } });
response.raiseForStatus();

const { args, url } = await response.json<{ args: Record<string, string[]>; url: string }>();
console.log(response.status, response.httpVersion, url);
console.log(args);
