/** The stand-in for httpbin beside the real one, question by question. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as httpx from "@httpx/httpx";
import { startHttpbin } from "../../examples/support/httpbin.ts";
import { HTTPBIN } from "../interop/real_servers.ts";

/** What is asked: a method, a path, and the options of the call. */
type Question = readonly [method: string, target: string, options?: httpx.BodiedOptions];

const bytes = new Uint8Array([0xff, 0x00]);

const QUESTIONS: readonly Question[] = [
  ["GET", "/get?a=1&a=2&b=3"],
  ["HEAD", "/get"],
  ["OPTIONS", "/get"],
  ["PATCH", "/get"],
  ["POST", "/post", { data: { key1: "value1", key2: ["a", "b"] } }],
  ["POST", "/post", { json: { integer: 123, boolean: true, list: ["a"] } }],
  ["POST", "/post", { content: "Hello, world" }],
  ["POST", "/post", { content: bytes }],
  ["POST", "/post", { data: { a: "1" }, files: { file: ["a.txt", "text", "text/plain"] } }],
  ["POST", "/post", { files: { file: ["a.bin", bytes, "application/octet-stream"] } }],
  ["POST", "/post", { files: { field: [null, "text content", "text/plain"] } }],
  ["PUT", "/put", { json: null }],
  ["PATCH", "/patch", { content: "{" }],
  ["DELETE", "/delete", { content: "{}" }],
  ["GET", "/delete"],
  ["PATCH", "/anything/x?q=1", { json: { a: 1 } }],
  ["GET", "/headers", { headers: { "x-custom": "value" } }],
  ["GET", "/user-agent", { headers: { "user-agent": "my-app/0.0.1" } }],
  ["GET", "/ip"],
  ["GET", "/cookies", { cookies: { peanut: "butter" } }],
  ["GET", "/cookies/set?chocolate=chip"],
  ["GET", "/cookies/set/chocolate/chip"],
  ["GET", "/redirect/3"],
  ["GET", "/redirect/1"],
  ["GET", "/relative-redirect/2"],
  ["GET", "/redirect-to?url=/get&status_code=307"],
  ["GET", "/redirect/3", { followRedirects: true }],
  ["GET", "/absolute-redirect/2", { followRedirects: true }],
  ["GET", "/status/404"],
  ["GET", "/status/302"],
  ["POST", "/status/500"],
  ["GET", "/status/401"],
  ["GET", "/status/204"],
  ["GET", "/basic-auth/user/pass"],
  ["GET", "/basic-auth/user/pass", { auth: ["user", "pass"] }],
  ["GET", "/hidden-basic-auth/user/pass"],
  ["GET", "/bearer"],
  ["GET", "/bearer", { headers: { authorization: "Bearer token" } }],
  ["GET", "/stream/2?a=1"],
  ["GET", "/stream-bytes/0"],
  ["GET", "/gzip"],
  ["GET", "/deflate"],
  ["GET", "/brotli"],
  ["GET", "/base64/aGVsbG8="],
  ["GET", "/robots.txt"],
  ["GET", "/delay/0.01"],
  ["GET", "/nothing"],
];

describe("The stand-in for httpbin", () => {
  (HTTPBIN.isInstalled ? it : it.skip)("answers as the real one", async () => {
    await using stand = startHttpbin();
    await using real = await HTTPBIN.start();
    for (const question of QUESTIONS) {
      const [ours, theirs] = [await ask(stand.url, question), await ask(real.url, question)];
      assertEquals(ours, theirs);
    }
  });

  it("challenges who brings no digest", async () => {
    await using stand = startHttpbin();
    const path = `${stand.url}/digest-auth/auth/user/pass`;
    const refused = await httpx.get(path);
    assertEquals([refused.status, refused.cookies.get("fake")], [401, "fake_value"]);
  });
});

/** The facts of an answer that are the same at any time and place. */
async function ask(base: string, [method, target, options = {}]: Question): Promise<string> {
  const response = await httpx.request(method, `${base}${target}`, { timeout: 10_000, ...options });
  const { status, headers } = response;
  const names = ["content-type", "content-encoding", "location", "www-authenticate"];
  return sortedJSON({
    question: `${method} ${target}`,
    status,
    url: response.url.replace(base, ""),
    headers: names.map((name) => headers.get(name)?.replace(base, "") ?? null),
    allow: (headers.get("allow") ?? "").split(", ").sort(),
    cookies: response.cookies.list().map(({ name, value, path }) => ({ name, value, path })),
    body: comparable(await response.text(), { base, type: headers.get("content-type") ?? "" }),
  });
}

/** Text that tells equal values from others, whatever the order of their keys. */
function sortedJSON(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1));
  }, 1);
}

/** JSON as a value, without the address of the server; the HTML of an error page says nothing. */
function comparable(text: string, { base, type }: { base: string; type: string }): unknown {
  if (type.startsWith("text/html") && text.startsWith("<")) return "a page";
  if (type.startsWith("text/html") && text === "") return "a page";
  if (type !== "application/json" || text === "") return text;
  const host = new URL(base).host;
  return text.trim().split("\n").map((line) =>
    JSON.parse(line.replaceAll(base, "").replaceAll(host, "HOST"), (name, value) => {
      if (name !== "Content-Type" || typeof value !== "string") return value;
      return value.replace(/boundary=.*/, "boundary=");
    })
  );
}
