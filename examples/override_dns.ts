/** Where a name leads is the client's to say: one server of many, a copy under test, a name that no DNS knows. */
import { Client } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
const { port } = new URL(server.url);

// Addresses by name. The URL keeps its name: Host, cookies and the check of certificates go by it.
await using staging = new Client({ resolve: { "api.example.org": ["127.0.0.1"] } });
const response = await staging.get(`http://api.example.org:${port}/headers`);
const { headers } = await response.json<{ headers: { Host: string } }>();
console.log(response.url, headers.Host);

// Or a function, of anything: DNS over HTTPS, a service registry. `null` leaves the answer to the system.
const asked: string[] = [];
await using client = new Client({
  resolve: async (host) => {
    asked.push(host);
    return host.endsWith(".internal") ? await addressesIn(host) : null;
  },
  retries: 2, // connects again, and asks again, where nobody answers
});
console.log((await client.get(`http://users.internal:${port}/get`)).status, asked);

// Several addresses are tried as RFC 8305 says: the next one where the first is dead, or silent for 250 ms.
function addressesIn(_registry: string): Promise<string[]> {
  return Promise.resolve(["127.0.0.2", "127.0.0.1"]);
}
