/** WebSocket servers that nobody here wrote, and gateways before one of them, on loopback. */
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { servers } from "../support/certificates.ts";
import { freePort } from "../support/connections/free_port.ts";
import { bunProgram, denoProgram } from "../support/runtimes.ts";
import { type RealServer, startProgram } from "./real_servers.ts";

/** A kind of server that may be installed. */
export interface WebSocketServerKind {
  readonly name: string;
  readonly isInstalled: boolean;
  /** Whether it takes permessage-deflate. */
  readonly compresses: boolean;
  start(): Promise<RealServer>;
}

const script = (name: string) => fileURLToPath(new URL(`./servers/${name}`, import.meta.url));

function programKind(
  name: string,
  { program, args, isInstalled = true, compresses = true }: {
    readonly program: string;
    readonly args: (port: number) => string[];
    readonly isInstalled?: boolean;
    readonly compresses?: boolean;
  },
): WebSocketServerKind {
  return {
    name,
    isInstalled,
    compresses,
    async start() {
      const port = await freePort();
      return await startProgram({ program, args: args(port), port });
    },
  };
}

const RUNTIME = script("websocket_runtime.ts");
const startBun = () => ORIGINS[1].start();

/** Servers that speak for themselves. */
export const ORIGINS: readonly [WebSocketServerKind, WebSocketServerKind, WebSocketServerKind] = [
  programKind("Deno", {
    program: denoProgram(),
    args: (port) => ["run", "-A", "--no-check", "--no-lock", RUNTIME, String(port)],
    compresses: false,
  }),
  programKind("Bun", { program: bunProgram(), args: (port) => ["run", RUNTIME, String(port)] }),
  programKind("Python's websockets", {
    program: "/usr/bin/python3",
    args: (port) => [script("websocket_python.py"), String(port)],
    isInstalled: hasPythonWebSockets(),
  }),
];

function hasPythonWebSockets(): boolean {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import websockets"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly backend: number;
}

function gatewayKind(
  name: string,
  program: string,
  configure: (
    place: Place,
  ) => { readonly config: string; readonly args: (path: string) => string[] },
): WebSocketServerKind {
  return {
    name,
    isInstalled: existsSync(program),
    compresses: true,
    async start() {
      const origin = await startBun();
      const folder = await mkdtemp(join(tmpdir(), "httpx-websocket-"));
      const port = await freePort();
      const backend = Number(new URL(origin.url).port);
      const { config, args } = configure({ folder, port, backend });
      const path = join(folder, "config");
      await writeFile(path, config);
      await writeFile(join(folder, "both.pem"), servers.good.cert + servers.good.key);
      await writeFile(join(folder, "key.pem"), servers.good.key);
      const gateway = await startProgram({ program, args: args(path), port, folder });
      return {
        url: gateway.url,
        async [Symbol.asyncDispose]() {
          await gateway[Symbol.asyncDispose]();
          await origin[Symbol.asyncDispose]();
        },
      };
    },
  };
}

/** Gateways before Bun's server, without TLS. */
export const GATEWAYS: readonly WebSocketServerKind[] = [
  gatewayKind("nginx", "/usr/sbin/nginx", ({ folder, port, backend }) => ({
    config: `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {} http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder};
fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${backend};
proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } } }`,
    args: (path) => ["-c", path, "-p", folder, "-e", `${folder}/error.log`],
  })),
  gatewayKind("HAProxy", "/usr/sbin/haproxy", ({ port, backend }) => ({
    config: haproxyConfig(`127.0.0.1:${port}`, backend),
    args: (path) => ["-f", path],
  })),
  gatewayKind("Caddy", "/usr/bin/caddy", ({ port, backend }) => ({
    config: `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy 127.0.0.1:${backend}
}
`,
    args: (path) => ["run", "--config", path, "--adapter", "caddyfile"],
  })),
];

/** A gateway that takes WebSockets over HTTP/2 (RFC 8441), over TLS. */
export const HTTP2_GATEWAYS: readonly WebSocketServerKind[] = [
  gatewayKind("HAProxy", "/usr/sbin/haproxy", ({ folder, port, backend }) => ({
    config: haproxyConfig(`127.0.0.1:${port} ssl crt ${folder}/both.pem alpn h2,http/1.1`, backend),
    args: (path) => ["-f", path],
  })),
  gatewayKind("nghttpx", "/usr/sbin/nghttpx", ({ folder, port, backend }) => ({
    config: "",
    args: () => [
      "--conf=/dev/null",
      `--frontend=127.0.0.1,${port}`,
      `--backend=127.0.0.1,${backend}`,
      "--workers=1",
      `${folder}/key.pem`,
      `${folder}/both.pem`,
    ],
  })),
];

function haproxyConfig(bind: string, backend: number): string {
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
frontend front
  bind ${bind}
  default_backend echo
backend echo
  server here 127.0.0.1:${backend}
`;
}
