/**
 * HTTP/2 servers that nobody here wrote, over TLS on loopback. Each serves the same files, and sends
 * `/upload` on to a small HTTP/1.1 server in this process that counts what arrives.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { certificatePath } from "../support/certificates.ts";
import { denoProgram } from "../support/runtimes.ts";
import { freePort } from "../support/connections/free_port.ts";
import { type RealServer, startProgram } from "./real_servers.ts";

/** A kind of server that may be installed. */
export interface Http2ServerKind {
  readonly name: string;
  readonly isInstalled: boolean;
  /** @param port where to listen; a free one where none is named */
  start(port?: number): Promise<RealServer>;
}

/** What the servers serve, by path and size in bytes; all of them zeros. */
export const SIZES = { "/1k.bin": 1024, "/100m.bin": 100 * 1024 * 1024 } as const;

interface Place {
  readonly folder: string;
  readonly root: string;
  readonly port: number;
  /** Where uploads go on to. */
  readonly backend: number;
}

interface Recipe {
  readonly name: string;
  readonly program: string;
  readonly config: (place: Place) => string;
  readonly args: (configPath: string, place: Place) => string[];
}

const cert = certificatePath("server");
const key = certificatePath("server_key");

const RECIPES: readonly Recipe[] = [
  {
    name: "nginx",
    program: "/usr/sbin/nginx",
    config: ({ folder, root, port, backend }) => `
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; } http { access_log off; client_body_temp_path ${folder};
proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder};
scgi_temp_path ${folder};
server { listen 127.0.0.1:${port} ssl http2; ssl_certificate ${cert}; ssl_certificate_key ${key};
root ${root}; client_max_body_size 20m;
location /upload { proxy_pass http://127.0.0.1:${backend}; } } }`,
    args: (path, { folder }) => ["-c", path, "-p", folder, "-e", `${folder}/error.log`],
  },
  {
    name: "Apache",
    program: "/usr/sbin/apache2",
    config: ({ folder, root, port, backend }) => `
ServerName localhost
ServerRoot ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
${
      [
        ...["mpm_event", "authz_core", "dir", "mime", "socache_shmcb", "ssl", "http2", "proxy"],
        "proxy_http",
      ].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
        .join("\n")
    }
TypesConfig /etc/mime.types
DocumentRoot ${root}
Protocols h2 http/1.1
SSLEngine on
SSLCertificateFile ${cert}
SSLCertificateKeyFile ${key}
ProxyPass /upload http://127.0.0.1:${backend}/upload
<Directory ${root}>
Require all granted
</Directory>`,
    args: (path) => ["-X", "-f", path], // one process, which can be killed
  },
  {
    name: "HAProxy",
    program: "/usr/sbin/haproxy",
    config: ({ port, backend }) => `
global
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend tls
  bind 127.0.0.1:${port} ssl crt ${cert}.both alpn h2,http/1.1
  default_backend files
backend files
  server here 127.0.0.1:${backend}
`,
    args: (path) => ["-f", path],
  },
  {
    name: "Caddy",
    program: "/usr/bin/caddy",
    config: ({ root, port, backend }) =>
      `{
  admin off
  auto_https disable_redirects
}
https://127.0.0.1:${port} {
  tls ${cert} ${key}
  root * ${root}
  reverse_proxy /upload 127.0.0.1:${backend}
  file_server
}`,
    args: (path) => ["run", "--config", path, "--adapter", "caddyfile"],
  },
  {
    name: "h2o",
    program: "/usr/bin/h2o",
    config: ({ folder, root, port, backend }) => `
pid-file: ${folder}/pid
error-log: ${folder}/error.log
user: root
listen:
  host: 127.0.0.1
  port: ${port}
  ssl:
    certificate-file: ${cert}
    key-file: ${key}
hosts:
  default:
    paths:
      /upload:
        proxy.reverse.url: http://127.0.0.1:${backend}/upload
      /:
        file.dir: ${root}`,
    args: (path) => ["-c", path],
  },
  {
    name: "nghttpd",
    program: "/usr/sbin/nghttpd",
    config: () => "",
    args: (_, { root, port }) => [
      ...["--address", "127.0.0.1", "--htdocs", root, "--echo-upload"],
      ...["--trailer", "x-check: 1", String(port), key, cert],
    ],
  },
  {
    name: "lighttpd",
    program: "/usr/sbin/lighttpd",
    config: ({ root, port, backend }) => `
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${root}"
server.modules = ("mod_openssl", "mod_proxy")
server.feature-flags = ("server.h2proto" => "enable")
ssl.engine = "enable"
ssl.pemfile = "${cert}"
ssl.privkey = "${key}"
$HTTP["url"] == "/upload" {
  proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${backend})))
}`,
    args: (path) => ["-D", "-f", path],
  },
];

const script = (name: string) => fileURLToPath(new URL(`./servers/${name}`, import.meta.url));

/** Those of the runtimes, which are always there. */
const RUNTIME_RECIPES: readonly Recipe[] = [
  {
    name: "node:http2",
    program: "node",
    config: () => "",
    args: (_, { port }) => [script("node_http2.mjs"), String(port), cert, key],
  },
  {
    name: "Deno.serve",
    program: denoProgram(),
    config: () => "",
    args: (_, { port }) => ["run", "-A", script("deno_serve.ts"), String(port), cert, key],
  },
];

/** Every kind of server, installed or not. */
export const HTTP2_SERVER_KINDS: readonly Http2ServerKind[] = [
  ...RECIPES.map((recipe) => kindOf(recipe, isInstalled(recipe))),
  ...RUNTIME_RECIPES.map((recipe) => kindOf(recipe, true)),
];

function kindOf(recipe: Recipe, isInstalled: boolean): Http2ServerKind {
  return { name: recipe.name, isInstalled, start: (port) => start(recipe, port) };
}

/** Debian's lighttpd speaks TLS through a package of its own. */
function isInstalled({ name, program }: Recipe): boolean {
  return existsSync(program) &&
    (name !== "lighttpd" || existsSync("/usr/lib/lighttpd/mod_openssl.so"));
}

async function start(recipe: Recipe, wantedPort?: number): Promise<RealServer> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-interop-"));
  const root = join(folder, "root");
  await mkdir(root);
  for (const [path, size] of Object.entries(SIZES)) await writeSparse(join(root, path), size);
  const backend = await startBackend();
  const port = wantedPort ?? await freePort();
  const place = { folder, root, port, backend: (backend.address() as AddressInfo).port };
  const config = join(folder, "server.conf");
  await writeFile(config, await configFor(recipe, place));
  const server = await startProgram({
    program: recipe.program,
    args: recipe.args(config, place),
    port,
    folder,
  });
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      backend.closeAllConnections();
      await new Promise((resolve) => backend.close(resolve));
    },
  };
}

/** HAProxy alone wants certificate and key in one file. */
async function configFor(recipe: Recipe, place: Place): Promise<string> {
  const config = recipe.config(place);
  if (recipe.name !== "HAProxy") return config;
  const both = join(place.folder, "both.pem");
  await writeFile(both, await readFile(cert, "utf8") + await readFile(key, "utf8"));
  return config.replace(`${cert}.both`, both);
}

async function writeSparse(path: string, size: number): Promise<void> {
  await using file = await open(path, "w");
  await file.truncate(size);
}

/** Counts uploads, and serves the files of those servers that only pass on. */
async function startBackend(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const size = SIZES[request.url as keyof typeof SIZES] ?? null;
    if (size === null) {
      response.end(JSON.stringify({ bytes: await countBytes(request) }));
    } else {
      response.setHeader("content-length", size);
      const piece = new Uint8Array(64 * 1024);
      for (let sent = 0; sent < size && !response.destroyed; sent += piece.length) {
        const isTaken = response.write(piece.subarray(0, Math.min(piece.length, size - sent)));
        if (!isTaken) await new Promise((resolve) => whenWritable(response, resolve));
      }
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function whenWritable(
  stream: { once(event: "drain" | "close", listener: () => void): unknown },
  resolve: (value: unknown) => void,
): void {
  stream.once("drain", () => resolve(null));
  stream.once("close", () => resolve(null));
}

async function countBytes(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Uint8Array).length;
  return bytes;
}
