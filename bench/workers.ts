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
import { bundleForNode } from "./cold_start/node_bundle.ts";
import type { RuntimeName } from "./workloads/workload.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Started when first asked for and kept until the end, so that a client is warm and heaps do not mix. */
export class Workers {
  readonly #programs: Programs;
  readonly #server: Omit<ServerReady, "description">;
  readonly #workers = new Map<string, Promise<LineProcess | null>>();
  readonly #programsOfOneGet = new Map<string, Promise<((url: string) => string[]) | null>>();

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

  /** A process that starts, sends one GET and ends; `null` if there can be none. Its value is milliseconds. */
  async runProcess(
    runtime: RuntimeName,
    client: ClientName,
    path: string,
  ): Promise<Sample | null> {
    const key = `${runtime} ${client}`;
    const command = this.#programsOfOneGet.get(key) ?? this.#oneGet(runtime, client);
    this.#programsOfOneGet.set(key, command);
    const program = await command;
    if (program === null) return null;
    const line = this.#programs.onClientCore(program(`${this.#server.url}${path}`));
    const startedAtMs = performance.now();
    await outputOf(line);
    return { value: performance.now() - startedAtMs };
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
    if ((runtime === "python") !== client.startsWith("python")) return null;
    if (runtime === "python") return await pythonCommand(client);
    if (client === "axios" || isSecure(client) && this.#server.secureURL === null) return null;
    // Deno's fetch speaks HTTP/2 as it comes; Bun's does where it is told to.
    if (client === "fetch_h2" && runtime === "deno") return null;
    if (runtime === "node" && NOT_ON_NODE.has(client)) return null;
    if (!await isInstalled(client)) return null;
    const [name = ""] = client.split("_");
    const files = name in NPM_VERSIONS ? [path(`clients/${name}.ts`)] : [];
    const start = await this.#runScript(runtime, files);
    return start === null ? null : [...start, path("worker.ts"), client];
  }

  /** How a script of these files is started: all names of npm's packages are found. */
  async #runScript(runtime: RuntimeName, files: string[]): Promise<readonly string[] | null> {
    const { deno, bun, node } = this.#programs;
    switch (runtime) {
      case "deno":
        return [deno, "run", "--no-check", "-A"];
      case "bun":
        return [bun, `--tsconfig-override=${await writeBunConfig([bun], files)}`];
      case "node":
        return node === null ? null : [node, "--no-warnings", "--import", path("node_names.ts")];
      case "python":
        return null;
    }
  }

  async #oneGet(
    runtime: RuntimeName,
    client: ClientName,
  ): Promise<((url: string) => string[]) | null> {
    if (!await isInstalled(client)) return null;
    const script = path("cold_start/program.ts");
    const start = await this.#runScript(runtime, [script]);
    if (start === null) return null;
    const module = runtime === "node" && client === "ours" ? [await bundleForNode()] : [];
    return (url) => [...start, script, client, url, ...module];
  }
}

/** Clients that are packages of npm, by the first word of their names. */
const NPM_VERSIONS: Readonly<Record<string, number>> = { undici: 7, ky: 1, got: 14, axios: 1 };

/** Clients that know the sockets, or the terms of `fetch`, of Deno and Bun alone. */
const NOT_ON_NODE: ReadonlySet<ClientName> = new Set(["fetch_tls", "fetch_h2", "raw_h2"]);

/** Whether a client is there: of npm's packages, whether it can be had. */
async function isInstalled(client: ClientName): Promise<boolean> {
  const [name = ""] = client.split("_");
  const version = NPM_VERSIONS[name];
  return version === undefined || await npmPackageIfAvailable(`${name}@${version}`) !== null;
}

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
