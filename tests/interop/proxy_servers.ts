/**
 * Proxies that nobody here wrote, started on loopback with a configuration of a few lines. All of them want the same
 * user and password.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authorities, certificatePath } from "../support/certificates.ts";
import { freePort } from "../support/connections/free_port.ts";
import { type RealServer, startProgram } from "./real_servers.ts";

/** What every proxy here wants. */
export const CREDENTIALS: readonly [username: string, password: string] = ["ada", "secret"];

/** A proxy that is running. */
export interface RealProxy extends RealServer {
  /** Without credentials. */
  readonly url: string;
  /** The authorities to trust: for the proxy's own certificate, and for those it makes up. */
  readonly ca: string;
}

/** A kind of proxy that may be installed. */
export interface ProxyKind {
  readonly name: string;
  readonly scheme: "http" | "https" | "socks5" | "socks5h";
  readonly isInstalled: boolean;
  start(): Promise<RealProxy>;
}

interface Place {
  readonly folder: string;
  readonly port: number;
}

interface Recipe {
  readonly name: string;
  readonly scheme: ProxyKind["scheme"];
  readonly program: string;
  /** Writes what the program needs, and says how to start it. */
  prepare(place: Place): Promise<string[]>;
  /** A file with an authority of its own, in the folder. */
  readonly authority?: string;
}

const [USER, PASSWORD] = CREDENTIALS;

const RECIPES: readonly Recipe[] = [
  { name: "squid", scheme: "http", program: "/usr/sbin/squid", prepare: prepareSquid },
  {
    name: "squid",
    scheme: "https",
    program: "/usr/sbin/squid",
    prepare: (place) => prepareSquid(place, "https_port"),
  },
  {
    name: "tinyproxy",
    scheme: "http",
    program: "/usr/bin/tinyproxy",
    async prepare({ folder, port }) {
      const config = join(folder, "tinyproxy.conf");
      await writeFile(
        config,
        `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 100\nLogLevel Critical\n` +
          `BasicAuth ${USER} ${PASSWORD}\n`,
      );
      return ["-d", "-c", config];
    },
  },
  ...(["socks5", "socks5h"] as const).map((scheme) => ({
    name: "microsocks",
    scheme,
    program: "/usr/bin/microsocks",
    prepare: ({ port }: Place) =>
      Promise.resolve(["-i", "127.0.0.1", "-p", String(port), "-u", USER, "-P", PASSWORD]),
  })),
  ...(["http", "https", "socks5"] as const).map((scheme) => ({
    name: "mitmproxy",
    scheme,
    program: "/usr/bin/mitmdump",
    authority: "mitmproxy-ca-cert.pem",
    prepare: ({ folder, port }: Place) =>
      Promise.resolve([
        ...["-q", "--ssl-insecure", "--set", `confdir=${folder}`],
        ...["--mode", scheme === "socks5" ? "socks5" : "regular"],
        ...["--listen-host", "127.0.0.1", "--listen-port", String(port)],
        ...["--proxyauth", CREDENTIALS.join(":")],
      ]),
  })),
];

/** It has a user of its own: the folder must be open to that. */
async function prepareSquid(
  { folder, port }: Place,
  listening: "http_port" | "https_port" = "http_port",
): Promise<string[]> {
  await chmod(folder, 0o755);
  const [cert, key, users] = ["cert.pem", "key.pem", "users"].map((name) => join(folder, name));
  if (cert === undefined || key === undefined || users === undefined) throw new Error("Impossible");
  await copyFile(certificatePath("server"), cert);
  await copyFile(certificatePath("server_key"), key);
  const hash = execFileSync("openssl", ["passwd", "-apr1", PASSWORD], { encoding: "utf8" });
  await writeFile(users, `${USER}:${hash}`);
  for (const file of [cert, key, users]) await chmod(file, 0o644);
  const tls = listening === "https_port" ? ` tls-cert=${cert} tls-key=${key}` : "";
  const config = join(folder, "squid.conf");
  await writeFile(
    config,
    `${listening} 127.0.0.1:${port}${tls}
pid_filename none
cache deny all
access_log none
cache_log /dev/null
cache_store_log none
shutdown_lifetime 0 seconds
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${users}
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
`,
  );
  return ["-N", "-f", config];
}

/** Every kind of proxy, installed or not. */
export const PROXY_KINDS: readonly ProxyKind[] = RECIPES.map((recipe) => ({
  name: recipe.name,
  scheme: recipe.scheme,
  isInstalled: existsSync(recipe.program),
  start: () => start(recipe),
}));

async function start({ scheme, program, prepare, authority }: Recipe): Promise<RealProxy> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-proxy-"));
  const port = await freePort();
  const args = await prepare({ folder, port });
  const server = await startProgram({ program, args, port, folder });
  const own = authority === undefined ? "" : await written(join(folder, authority));
  return {
    url: `${scheme}://${scheme === "https" ? "localhost" : "127.0.0.1"}:${port}`,
    ca: authorities.ca + own,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The text of a file that a program writes once it listens. */
async function written(path: string): Promise<string> {
  for (let i = 0; i < 400; i++) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.includes("-----END")) return text;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${path} was not written`);
}
