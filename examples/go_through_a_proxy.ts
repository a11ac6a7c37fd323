/** Proxies: one for everything, some for some, none for others, and what they say where they refuse. */
import { Client, get, Proxy, ProxyError } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";
import { startHttpProxy, startSocks } from "./support/proxies.ts";

await using server = startHttpbin();
await using office = await startHttpProxy({ credentials: "ada:lovelace" });
await using socks = await startSocks();

// A URL is enough. User and password go to the proxy alone.
const proxy = office.url.replace("//", "//ada:lovelace@");
console.log((await get(`${server.url}/get`, { proxy })).status);

// Or by pattern, the most specific first; `null` is no proxy.
await using client = new Client({
  proxy: {
    "all://": new Proxy(office.url, { auth: ["ada", "lovelace"], headers: { "x-team": "7" } }),
    "https://": `socks5://${socks.authority}`,
    "all://*internal.example": null,
  },
});
console.log(
  (await client.get(`${server.url}/get`)).status,
  `${office.heads.length} were forwarded`,
);

// A request may go another way than its client's others.
console.log((await client.get(`${server.url}/get`, { proxy: null })).status);

// What a proxy refuses has not reached the server: `status` is the proxy's own.
try {
  await get(`${server.url}/get`, { proxy: office.url });
} catch (error) {
  if (!(error instanceof ProxyError)) throw error;
  console.log(error.status, error.statusText, error.safeToRetry);
  console.log(error.message);
}
