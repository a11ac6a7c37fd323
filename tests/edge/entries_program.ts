/**
 * What clients and messages do, as JSON on stdout, by entry. Run by entries_test.ts in a process of its own with the
 * entries to load, in order: no module of this library is loaded before them.
 */
import { gzipSync } from "node:zlib";

type Main = typeof import("@httpx/httpx");
type Edge = typeof import("@httpx/httpx/fetch");

const URL_A = "https://a.test/";

/** The outcome of a call: its value, or the error's class and message. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call() ?? null;
  } catch (error) {
    return String(error);
  }
}

/** What differs between entries if one depends on the other. */
function facts(httpx: Main | Edge): Readonly<Record<string, () => unknown>> {
  const { FetchClient, FetchTransport, Request, Response } = httpx;
  const echo = (type = "text/plain", body: BodyInit = "") =>
    new FetchTransport({
      fetch: (input, init) => {
        const request = new globalThis.Request(input, init);
        const headers = { "content-type": type, "set-cookie": "s=1" };
        return Promise.resolve(
          new globalThis.Response(body || JSON.stringify([...request.headers]), { headers }),
        );
      },
    });
  return {
    "a FetchClient's jar": async () => {
      await using client = new FetchClient({ transport: echo() });
      await client.get(URL_A);
      return [client.cookies.get("s"), await (await client.get(URL_A)).text()];
    },
    "a FetchClient's cookies option": () => new FetchClient({ cookies: { a: "1" } }).cookies.size,
    "a FetchClient's headers": () => [...new FetchClient().headers],
    "a FetchClient's mounts": async () => {
      await using client = new FetchClient({ mounts: { "all://": echo("text/plain", "mounted") } });
      return await (await client.get(URL_A)).text();
    },
    "client.fetch": async () => {
      await using client = new FetchClient({ transport: echo("text/plain", "fetched") });
      return await (await client.fetch(URL_A)).text();
    },
    "a proxy of one request": async () => {
      await using client = new FetchClient({ transport: echo() });
      await client.get(URL_A, { proxy: "http://user:secret@proxy.test" });
    },
    "a misspelt option": () => new FetchClient({ timeOut: 1 } as object),
    "a URL without a scheme": () => new FetchClient().buildRequest("GET", "a.test/"),
    "cookies of a response": () =>
      new Response(200, { headers: { "set-cookie": "s=1" }, request: new Request("GET", URL_A) })
        .cookies.get("s"),
    "files": async () => {
      const request = new Request("POST", URL_A, { files: { file: ["a.txt", "abc"] } });
      return new TextDecoder().decode(await request.read()).replace(/[0-9a-f]{32}/g, "boundary");
    },
    "a generator as content": () =>
      new Request("POST", URL_A, { content: [new Uint8Array(1)].values() }).headers.get(
        "transfer-encoding",
      ),
    "gzip by hand": async () => {
      const headers = { "content-encoding": "gzip" };
      const response = new Response(200, { headers, stream: [gzipSync("unfolded")] });
      return await response.text();
    },
    "a reason phrase": () => String(new Response(404)),
    "a charset of Python's": () => {
      const headers = { "content-type": "text/plain; charset=latin-1" };
      return new Response(200, { headers, content: Uint8Array.of(0xe9) }).text();
    },
    "JSON in UTF-16": () =>
      new Response(200, { content: Uint8Array.of(0x5b, 0, 0x31, 0, 0x5d, 0) }).json(),
  };
}

const report: Record<string, Record<string, unknown>> = {};
for (const entry of process.argv.slice(2)) {
  const httpx = entry === "fetch"
    ? await import("@httpx/httpx/fetch")
    : await import("@httpx/httpx");
  for (const [fact, check] of Object.entries(facts(httpx))) {
    (report[entry] ??= {})[fact] = await outcome(check);
  }
}
console.log(JSON.stringify(report));
