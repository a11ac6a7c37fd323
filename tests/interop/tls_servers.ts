/** nginx and OpenSSL as servers that nobody here wrote, each with something about TLS to get right or wrong. */
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificatePath } from "../support/certificates.ts";
import { freePort } from "../support/connections/free_port.ts";
import { type RealServer, startProgram } from "./real_servers.ts";

const NGINX = "/usr/sbin/nginx";
const OPENSSL = "/usr/bin/openssl";

/** Whether both programs are installed. */
export const areInstalled: boolean = existsSync(NGINX) && existsSync(OPENSSL);

/** Lines of a server's configuration, and which of the certificates it shows. */
interface Site {
  readonly certificate: string;
  readonly lines: string;
}

const BOTH = "ssl_protocols TLSv1.2 TLSv1.3;";

const SITES = {
  good: { certificate: "server", lines: BOTH },
  tls12: { certificate: "server", lines: "ssl_protocols TLSv1.2;" },
  tls13: { certificate: "server", lines: "ssl_protocols TLSv1.3;" },
  tls11: {
    certificate: "server",
    lines: "ssl_protocols TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0;",
  },
  clients: {
    certificate: "server",
    lines: `${BOTH} ssl_verify_client on; ssl_client_certificate ${certificatePath("ca")};`,
  },
  wildcard: { certificate: "wildcard", lines: BOTH },
  incomplete: { certificate: "by_intermediate", lines: BOTH },
  expired: { certificate: "faults/expired", lines: BOTH },
  notYetValid: { certificate: "faults/not_yet_valid", lines: BOTH },
  wrongHost: { certificate: "faults/wrong_host", lines: BOTH },
  selfSigned: { certificate: "faults/self_signed", lines: BOTH },
  selfSignedCA: { certificate: "faults/self_signed_ca", lines: BOTH },
} as const satisfies Record<string, Site>;

/** What there is, by what is special about it. */
export type SiteName = keyof typeof SITES;

/** All sites of one nginx. */
export interface Sites extends AsyncDisposable {
  /** `https://localhost:PORT`, or another host of this machine. */
  url(name: SiteName, host?: string): string;
}

/** What a site says of a connection. */
export interface Seen {
  /** `"TLSv1.3"` */
  readonly protocol: string;
  readonly isResumed: boolean;
  /** SNI; empty where there was none. */
  readonly name: string;
  /** The subject of the client's certificate. */
  readonly client: string;
  /** How many requests came over this connection. */
  readonly requests: number;
}

/** Starts nginx with all sites: HTTP/1.1 and HTTP/2. */
export async function startSites(): Promise<Sites> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-tls-"));
  const ports = await freePorts(Object.keys(SITES));
  const path = join(folder, "server.conf");
  await writeFile(path, nginxConfig(folder, ports));
  const server = await startProgram({
    program: NGINX,
    args: ["-c", path, "-p", folder, "-e", `${folder}/error.log`],
    port: ports.get("good") ?? 0,
    otherPorts: [...ports.values()],
    folder,
  });
  return {
    url: (name, host = "localhost") => `https://${host}:${ports.get(name)}/`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A port for each, no two the same: nginx would take them for one server. */
async function freePorts(names: readonly string[]): Promise<Map<string, number>> {
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await freePort());
  return new Map([...ports].map((port, i) => [names[i] ?? "", port]));
}

function nginxConfig(folder: string, ports: ReadonlyMap<string, number>): string {
  const seen = '{"protocol":"$ssl_protocol","isResumed":$resumed,"name":"$ssl_server_name",' +
    '"client":"$ssl_client_s_dn","requests":$connection_requests}';
  const servers = Object.entries(SITES).map(([name, { certificate, lines }]) => `
server { listen 127.0.0.1:${ports.get(name)} ssl http2; ${lines}
ssl_certificate ${certificatePath(certificate)};
ssl_certificate_key ${certificatePath("server_key")};
location / { default_type application/json; return 200 '${seen}'; } }`);
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {} http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder};
fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
ssl_session_cache shared:sessions:1m; map $ssl_session_reused $resumed { r true; default false; }
${servers.join("\n")} }`;
}

/** OpenSSL's own server, which refuses clients without a certificate by an alert, where nginx answers 400. */
export async function startPickyServer(version: "-tls1_2" | "-tls1_3"): Promise<RealServer> {
  const port = await freePort();
  const certificates = ["-cert", certificatePath("server"), "-key", certificatePath("server_key")];
  const clients = ["-Verify", "1", "-verify_return_error", "-CAfile", certificatePath("ca")];
  const args = ["s_server", "-accept", `${port}`, ...certificates, ...clients, version, "-www"];
  return await startProgram({ program: OPENSSL, args, port });
}
