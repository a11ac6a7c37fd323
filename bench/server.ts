/**
 * The server of the benchmarks, a process of its own: nginx where it is installed, else a small raw server on
 * Bun. Prints where it listens and what it is as a line of JSON, and ends when its input ends.
 *
 *     deno run -A bench/server.ts /path/to/bun
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../tests/support/connections/free_port.ts";

/** What the server says when it is ready. */
export interface ServerReady {
  readonly url: string;
  /** The same over TLS, HTTP/2 for whoever offers it; `null` where the server has no TLS. */
  readonly secureURL: string | null;
  /** "nginx 1.22.1" */
  readonly description: string;
}

const FILES = { "1k.bin": 1024, "100k.bin": 100 * 1024, "200m.bin": 200 * 1024 * 1024 };
const ECHO_MODULES = [
  "/usr/lib/nginx/modules/ngx_http_echo_module.so",
  "/usr/share/nginx/modules/ngx_http_echo_module.so",
];

if (import.meta.main) await main(Deno.args[0] ?? "bun");

async function main(bun: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "httpx-bench-" });
  const port = await freePort();
  const started = await startNginx(folder, port, await freePort()) ?? startRaw(bun, port);
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilAnswering(url);
    const { description, secureURL } = started;
    console.log(JSON.stringify({ url, secureURL, description } satisfies ServerReady));
    for await (const _ of Deno.stdin.readable); // until run.ts is done or gone
  } finally {
    started.process.kill("SIGTERM");
    await started.process.status;
    await Deno.remove(folder, { recursive: true });
  }
}

interface Started {
  readonly description: string;
  readonly secureURL: string | null;
  readonly process: Deno.ChildProcess;
}

async function startNginx(
  folder: string,
  port: number,
  securePort: number,
): Promise<Started | null> {
  const version = await nginxVersion();
  const echo = ECHO_MODULES.find((path) => exists(path));
  if (version === null || echo === undefined) return null;
  for (const [name, size] of Object.entries(FILES)) {
    await Deno.truncate(await createFile(join(folder, name)), size); // sparse: takes no room
  }
  await Deno.chmod(folder, 0o755);
  const config = join(folder, "nginx.conf");
  await Deno.writeTextFile(config, nginxConfig({ folder, port, securePort, echoModule: echo }));
  const args = ["-p", folder, "-e", "stderr", "-c", config];
  const process = new Deno.Command("nginx", { args, stdin: "null", stdout: "null" }).spawn();
  const secureURL = `https://127.0.0.1:${securePort}`;
  return { description: `nginx ${version}`, secureURL, process };
}

function nginxConfig({ folder, port, securePort, echoModule }: {
  readonly folder: string;
  readonly port: number;
  readonly securePort: number;
  readonly echoModule: string;
}): string {
  const certificates = fileURLToPath(new URL("../tests/support/certificates", import.meta.url));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `  ${kind}_temp_path ${folder}/${kind};`);
  return `
load_module ${echoModule};
daemon off;
${Deno.uid() === 0 ? "user root;" : ""}
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
${temporary.join("\n")}
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  open_file_cache max=16 inactive=600s;
  open_file_cache_valid 600s;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    listen 127.0.0.1:${securePort} ssl http2 backlog=4096;
    ssl_certificate ${certificates}/server.pem;
    ssl_certificate_key ${certificates}/server_key.pem;
    root ${folder};
    location /cached/ { alias ${folder}/; add_header Cache-Control max-age=3600; }
    location /echo { client_body_buffer_size 64k; echo_read_request_body; echo_exec /body; }
    location /body { internal; return 200 $request_body; } # with a length, unlike echo_request_body
  }
}
`;
}

async function nginxVersion(): Promise<string | null> {
  try {
    const { stderr } = await new Deno.Command("nginx", { args: ["-v"] }).output();
    return /nginx\/(\S+)/.exec(new TextDecoder().decode(stderr))?.[1] ?? null;
  } catch {
    return null; // not installed
  }
}

function startRaw(bun: string, port: number): Started {
  const script = fileURLToPath(new URL("raw_server.ts", import.meta.url));
  const args = [script, String(port)];
  const process = new Deno.Command(bun, { args, stdin: "null", stdout: "null" }).spawn();
  const description = "a raw server on Bun (nginx is not installed)";
  return { description, secureURL: null, process };
}

async function untilAnswering(url: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (true) {
    try {
      await (await fetch(`${url}/1k.bin`)).arrayBuffer();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function createFile(path: string): Promise<string> {
  await Deno.writeFile(path, new Uint8Array(0));
  return path;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
