/** Test code that uses a client: answer its requests yourself, or hand them to an app. */
import { AppTransport, Client, MockTransport, Response } from "@httpx/httpx";
import { assertEquals } from "@std/assert";
import { httpbin } from "./support/httpbin.ts";

const mock = new MockTransport((request) =>
  new Response(200, { json: { path: request.parsedURL.pathname } })
);
await using mocked = new Client({ transport: mock });
assertEquals(await (await mocked.get("https://example.org/hello")).json(), { path: "/hello" });

await using inProcess = new Client({ transport: new AppTransport(httpbin), baseURL: "http://app" });
const response = await inProcess.get("/get", { params: { a: 1 } });
assertEquals((await response.json<{ args: unknown }>()).args, { a: "1" });
console.log("both answered without a socket");
