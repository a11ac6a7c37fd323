/**
 * Servers that nobody here wrote, started on loopback with a configuration of a few lines: what is
 * installed is used, what is not is reported by name.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/connections/free_port.ts";

/** How long a server may take to listen, in milliseconds. */
const START_MS = 10_000;

/** A server that is running. */
export interface RealServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
}

/** A kind of server that may be installed. */
export interface ServerKind {
  readonly name: string;
  readonly isInstalled: boolean;
  start(): Promise<RealServer>;
}

/** The files that every static server here offers, by path. */
export const FILES: Readonly<Record<string, string>> = {
  "hello.txt": "hello, world\n",
  "large.txt": "0123456789abcde\n".repeat(65_536),
  "empty.txt": "",
};

interface Recipe {
  readonly name: string;
  readonly program: string;
  /** The configuration, and how to start the program with it. */
  configure(at: { folder: string; root: string; port: number }): {
    readonly config: string;
    readonly args: (configPath: string) => string[];
  };
}

const RECIPES: readonly Recipe[] = [
  {
    name: "nginx",
    program: "/usr/sbin/nginx",
    configure: ({ folder, root, port }) => ({
      config: `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {} http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder};
fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
gzip on; gzip_types text/plain; gzip_min_length 1000; default_type text/plain;
server { listen 127.0.0.1:${port}; root ${root}; client_max_body_size 1m;
location /moved { return 301 /hello.txt; } location /none { return 204; } } }`,
      args: (path) => ["-c", path, "-p", folder, "-e", `${folder}/error.log`],
    }),
  },
  {
    name: "Apache",
    program: "/usr/sbin/apache2",
    configure: ({ folder, root, port }) => ({
      config: `ServerName localhost
ServerRoot ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
${
        ["mpm_event", "authz_core", "dir", "mime", "alias", "deflate", "filter"].map((name) =>
          `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`
        ).join("\n")
      }
TypesConfig /etc/mime.types
DocumentRoot ${root}
KeepAlive On
LimitRequestBody 1048576
AddOutputFilterByType DEFLATE text/plain
Redirect 301 /moved /hello.txt
Redirect 204 /none
<Directory ${root}>
Require all granted
</Directory>`,
      args: (path) => ["-X", "-f", path], // one process: its children would outlive a kill
    }),
  },
  {
    name: "Caddy",
    program: "/usr/bin/caddy",
    configure: ({ root, port }) => ({
      config: `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  root * ${root}
  encode gzip
  redir /moved /hello.txt 301
  respond /none 204
  file_server
}`,
      args: (path) => ["run", "--config", path, "--adapter", "caddyfile"],
    }),
  },
  {
    name: "lighttpd",
    program: "/usr/sbin/lighttpd",
    configure: ({ root, port }) => ({
      config: `server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${root}"
server.modules = ("mod_redirect", "mod_deflate")
mimetype.assign = (".txt" => "text/plain")
deflate.mimetypes = ("text/plain")
deflate.allowed-encodings = ("gzip")
url.redirect = ("^/moved" => "/hello.txt")
url.redirect-code = 301`,
      args: (path) => ["-D", "-f", path],
    }),
  },
];

/** Every kind of static server, installed or not. */
export const SERVER_KINDS: readonly ServerKind[] = RECIPES.map((recipe) => ({
  name: recipe.name,
  isInstalled: existsSync(recipe.program),
  start: () => startRecipe(recipe),
}));

/** The real httpbin, where Debian's `python3-httpbin` is installed. */
export const HTTPBIN: ServerKind = {
  name: "python3-httpbin",
  isInstalled: existsSync("/usr/lib/python3/dist-packages/httpbin"),
  async start() {
    const port = await freePort();
    const program = "from httpbin import app; " +
      `app.run(host='127.0.0.1', port=${port}, threaded=True)`;
    return await startProgram({ program: "/usr/bin/python3", args: ["-c", program], port });
  },
};

async function startRecipe(recipe: Recipe): Promise<RealServer> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-interop-"));
  const root = join(folder, "root");
  await mkdir(root);
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(root, name), content);
  const port = await freePort();
  const { config, args } = recipe.configure({ folder, root, port });
  const path = join(folder, "server.conf");
  await writeFile(path, config);
  return await startProgram({ program: recipe.program, args: args(path), port, folder });
}

export async function startProgram(
  { program, args, port, otherPorts = [], folder }: {
    program: string;
    args: string[];
    port: number;
    /** Where else it listens: a server may begin with one port a moment before the next. */
    otherPorts?: readonly number[];
    folder?: string;
  },
): Promise<RealServer> {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "ignore"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const each of [port, ...otherPorts]) await untilListening(child, each);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  const giveUpAt = Date.now() + START_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended: ${child.exitCode}`);
    if (Date.now() > giveUpAt) throw new Error(`${child.spawnfile} does not listen on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const settle = (accepted: boolean) => {
      socket.once("close", () => resolve(accepted));
      socket.destroy();
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
