/**
 * The hosts that the samples name, on this machine: the addresses in a block are changed before it runs. All of
 * them but httpbin.org are one server; `http://github.com` alone leads to `https://github.com`, as it does out there.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer as createTLSServer } from "node:tls";
import { anything, startServer } from "../../examples/support/httpbin.ts";
import { authorities, servers } from "../support/certificates.ts";
import { startHttpProxy } from "../support/proxies/http_proxy.ts";
import { startSocks } from "../support/proxies/socks_proxy.ts";

/** The hosts, running. */
export interface Hosts extends AsyncDisposable {
  /** The same code with the addresses and folders of this machine; `tls` keeps its https as it is. */
  localised(code: string, options: { readonly tls: boolean }): string;
}

/** The same code in a hurry: where the server is asked to wait it waits a little, or just longer than 2 seconds. */
export function hurried(code: string, waits: boolean): string {
  return code.replace(/\/delay\/\d+"/g, `/delay/${waits ? 2.5 : 0.01}"`);
}

/** Starts the hosts, with httpbin at a URL; a folder takes the place of /tmp, /var/run and /path/to. */
export async function startHosts(httpbinURL: string, folder: string): Promise<Hosts> {
  const docker = await startDocker(join(folder, "docker.sock"));
  const site = startServer(answer);
  const secure = await startSecure();
  const proxy = await startHttpProxy();
  const socks = await startSocks();
  const github = startServer(() =>
    Promise.resolve(new Response(null, { status: 301, headers: { location: `${site.url}/` } }))
  );
  const credentials = "(?:\\w+:\\w+@)?";
  const proxies: readonly (readonly [RegExp, string])[] = [
    [
      new RegExp(`(?<before>http://${credentials})${PROXY}(?=["/])`, "g"),
      `$<before>127.0.0.1:${proxy.port}`,
    ],
    [
      new RegExp(`(?<before>socks5://${credentials})proxy\\.example\\.com:1080`, "g"),
      `$<before>127.0.0.1:${socks.port}`,
    ],
  ];
  const addresses: readonly (readonly [RegExp, string])[] = [
    [/https?:\/\/httpbin\.org/g, httpbinURL],
    [/"httpbin\.org"/g, '"127.0.0.1"'],
    [/http:\/\/github\.com/g, github.url],
    [SITE, site.url],
  ];
  const secureAddresses: typeof addresses = [
    [SITE, secure.url],
    [/https:\/\/localhost:8000/g, secure.url],
  ];
  return {
    localised: (code, { tls }) =>
      [...proxies, ...(tls ? secureAddresses : addresses)]
        .reduce((text, [from, to]) => text.replace(from, to), code)
        .replace(/"(?:\/tmp|\/path\/to|\/var\/run)\//g, `"${folder}/`),
    async [Symbol.asyncDispose]() {
      const servers = [site, secure, github, docker, proxy, socks];
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

/** An API on a UNIX socket. */
async function startDocker(path: string): Promise<AsyncDisposable> {
  const server = createServer((_, response) => response.end('{"Containers":4,"Images":74}'));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A page over TLS, for whoever trusts the tests' authority; it says who the client is. */
async function startSecure(): Promise<AsyncDisposable & { readonly url: string }> {
  const terms = { ...servers.good, ca: authorities.ca };
  const server = createTLSServer(
    { ...terms, requestCert: true, rejectUnauthorized: false },
    (socket) => {
      const client = socket.getPeerCertificate()?.subject?.CN ?? "nobody";
      const head = `Content-Length: ${PAGE.length}\r\nX-Client: ${client}\r\nConnection: close`;
      socket.on("error", () => {});
      socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${PAGE}`));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo; // of a TCP server it is no string
  return {
    url: `https://localhost:${port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What the samples call their HTTP proxies. */
const PROXY = "(?:" + [
  ...["localhost:803\\d", "127\\.0\\.0\\.1:8080", "my-external-proxy\\.com:1234"],
  ...["myproxy\\.org", "proxy\\.example\\.com:8080"],
].join("|") + ")";

const SITE = new RegExp(
  "https?://(?:" + [
    "(?:www\\.)?example\\.(?:org|com)",
    "(?:api|auth)\\.example\\.com",
    "(?:api\\.)?github\\.com",
    "jsonplaceholder\\.typicode\\.com",
    "speed\\.hetzner\\.de",
    "slow-server\\.com",
    "api\\.com",
    "(?:www\\.)?python-httpx\\.org",
    "127\\.0\\.0\\.1:5000",
    "google\\.com",
  ].join("|") + ')(?=[/"`?])',
  "g",
);

const PAGE = "<!doctype html>\n<html>\n<head>\n<title>Example Domain</title>\n</head>\n</html>\n";
const USERS = [1, 2, 3, 4, 5].map((id) => ({ id, login: `user${id}`, name: `User ${id}` }));

/** What the samples' hosts have; any other path says what was asked, as httpbin's /anything. */
async function answer(request: Request): Promise<Response> {
  const { pathname: path, searchParams } = new URL(request.url);
  const file = FILES[path];
  if (file !== undefined) return new Response("0123456789abcde\n".repeat(file / 16));
  const [, kind = "", id] = path.replace(/^\/v2/, "").split("/");
  switch (`${request.method} ${kind}`) {
    case "GET ":
      return new Response(PAGE, { headers: { "content-type": "text/html; charset=UTF-8" } });
    case "GET events":
      return Response.json([{
        repo: { name: "encode/httpx", url: "https://api.github.com/repos" },
      }]);
    case "GET users":
      return Response.json(id === undefined ? USERS : { ...USERS[0], id: Number(id), login: id });
    case "GET posts":
      return Response.json([{ id: 1, title: "A post" }]);
    case "POST users":
    case "POST posts":
      return Response.json({ id: 101, ...await request.json() }, { status: 201 });
    case "GET notfound":
      return new Response("Not found", { status: 404 });
    case "GET log.txt":
      return new Response("one\ntwo\n");
    case "GET api":
      return Response.json({ items: [Number(searchParams.get("page"))], total_pages: 3 });
    case "POST oauth":
    case "POST token":
      return Response.json({ access_token: "new-token", expires_in: 3600 });
    case "GET protected":
      if (request.headers.get("authorization") === "Bearer new-token") {
        return Response.json({ secret: 42 });
      }
      return new Response(null, { status: 401 });
    default:
      return await anything(request);
  }
}

/** Sizes of what is downloaded, in bytes. */
const FILES: Readonly<Record<string, number>> = {
  "/100MB.bin": 1024 * 1024,
  "/large-file.zip": 256 * 1024,
  "/file.zip": 64 * 1024,
  "/data.bin": 4096,
};
