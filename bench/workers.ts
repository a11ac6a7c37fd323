/** The worker processes: one for each client on each runtime. */
import { fileURLToPath } from "node:url";
import { npmPackageIfAvailable } from "../tests/support/npm.ts";
import { writeBunConfig } from "../tests/support/runner/imports.ts";
import type { ClientName } from "./clients/client.ts";
import { LineProcess } from "./line_process.ts";
import type { Sample } from "./measure.ts";
import type { ServerReady } from "./server.ts";
import type { Job } from "./worker.ts";
import { outputOf, type Programs } from "./figures/figure.ts";
import type { RuntimeName } from "./workloads/workload.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Started when first asked for and kept until the end, so that a client is warm and heaps do not mix. */
export class Workers {
  readonly #programs: Programs;
  readonly #server: Omit<ServerReady, "description">;
  readonly #workers = new Map<string, Promise<LineProcess | null>>();

  constructor(programs: Programs, server: Omit<ServerReady, "description">) {
    this.#programs = programs;
    this.#server = server;
  }

  /** The worker, or `null` where there can be none. */
  find(runtime: RuntimeName, client: ClientName): Promise<LineProcess | null> {
    const key = `${runtime} ${client}`;
    const known = this.#workers.get(key);
    if (known !== undefined) return known;
    const started = this.#start(runtime, client);
    this.#workers.set(key, started);
    return started;
  }

  async run(
    runtime: RuntimeName,
    client: ClientName,
    { secure, ...job }: Omit<Job, "server"> & { readonly secure: boolean },
  ): Promise<Sample> {
    const worker = await this.find(runtime, client);
    if (worker === null) throw new Error(`Cannot run ${client} on ${runtime}: it is not there`);
    const { url, secureURL } = this.#server;
    const server = secure ? secureURL : url;
    if (server === null) throw new Error("The raw server speaks no TLS: install nginx");
    await worker.write({ server, ...job });
    return await worker.read<Sample>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers.values()) await (await worker)?.[Symbol.asyncDispose]();
  }

  async #start(runtime: RuntimeName, client: ClientName): Promise<LineProcess | null> {
    const command = await this.#command(runtime, client);
    if (command === null) return null;
    const worker = new LineProcess(this.#programs.onClientCore(command));
    await worker.read(); // ready
    return worker;
  }

  async #command(runtime: RuntimeName, client: ClientName): Promise<readonly string[] | null> {
    const { deno, bun } = this.#programs;
    if ((runtime === "python") !== client.startsWith("python")) return null;
    if (runtime === "python") return await pythonCommand(client);
    if (isSecure(client) && this.#server.secureURL === null) return null;
    // Deno's fetch speaks HTTP/2 as it comes; Bun's does where it is told to.
    if (client === "fetch_h2" && runtime === "deno") return null;
    const [name = ""] = client.split("_");
    const version = NPM_VERSIONS[name];
    if (version !== undefined && await npmPackageIfAvailable(`${name}@${version}`) === null) {
      return null;
    }
    if (runtime === "deno") return [deno, "run", "--no-check", "-A", path("worker.ts"), client];
    const files = version === undefined ? [] : [path(`clients/${name}.ts`)];
    const config = await writeBunConfig([bun], files);
    return [bun, `--tsconfig-override=${config}`, path("worker.ts"), client];
  }
}

/** Clients that are packages of npm, by the first word of their names. */
const NPM_VERSIONS: Readonly<Record<string, number>> = { undici: 7, ky: 1, got: 14 };

function isSecure(client: ClientName): boolean {
  return client.endsWith("_h2") || client.endsWith("_tls");
}

/** Python httpx where it is installed: the system's package is the system's Python's. */
async function pythonCommand(client: ClientName): Promise<readonly string[] | null> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      await outputOf([python, "-c", "import httpx"]);
      return [python, path("clients/python_httpx.py"), client];
    } catch {
      continue;
    }
  }
  return null;
}
