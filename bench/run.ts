/**
 * Measures our client against others and prints the table; a full run also writes it to bench/results.
 *
 *     deno task bench [--quick] [workload …]
 *
 * The server has a core of its own, the clients share another one in turn, each in a process of its own.
 * `--quick` (3 rounds of 0.5 s) is for work in progress and is not written down.
 */
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { npmPackageIfAvailable, npmProgram } from "../tests/support/npm.ts";
import { writeBunConfig } from "../tests/support/runner/imports.ts";
import { CLIENT_TITLES, type ClientName } from "./clients/client.ts";
import { LineProcess } from "./line_process.ts";
import { interleave, medianOf, type Sample, type Samples } from "./measure.ts";
import { type Circumstances, grouped, markdownReport, svgChart, table } from "./report.ts";
import type { ServerReady } from "./server.ts";
import { type CaseResult, type FigureResult, RUNTIME_TITLES, verdicts } from "./verdict.ts";
import type { Job } from "./worker.ts";
import { bundleSize } from "./workloads/bundle_size.ts";
import { download200m } from "./workloads/download_200m.ts";
import { outputOf, type Programs } from "./workloads/figure.ts";
import { get100k } from "./workloads/get_100k.ts";
import { get1k } from "./workloads/get_1k.ts";
import { get1kWide } from "./workloads/get_1k_wide.ts";
import { importTime } from "./workloads/import_time.ts";
import { post1k } from "./workloads/post_1k.ts";
import type { RuntimeName, Workload } from "./workloads/workload.ts";

const WORKLOADS = [get1k, post1k, get1kWide, get100k, download200m];
const FIGURES = [importTime, bundleSize];
const RUNTIMES: readonly RuntimeName[] = ["deno", "bun", "python"];
const CLIENT_CORE = 0;
const SERVER_CORE = 1;
const WARM_UP_SECONDS = 0.4;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** How long everything takes. */
interface Plan {
  readonly rounds: number;
  readonly seconds: number;
}

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const isQuick = args.includes("--quick");
  const filters = args.filter((arg) => !arg.startsWith("--"));
  const isWanted = ({ name }: { name: string }) =>
    filters.length === 0 || filters.some((part) => name.includes(part));
  const plan = isQuick ? { rounds: 3, seconds: 0.5 } : { rounds: 5, seconds: 1 };
  const programs = await findPrograms();
  await using server = new LineProcess(
    await pinned(SERVER_CORE, [programs.deno, "run", "-A", path("server.ts"), programs.bun]),
  );
  const { url, description } = await server.read<ServerReady>();
  const workers = new Workers(programs, url);
  await using _ = workers;

  const cases: CaseResult[] = [];
  for (const workload of WORKLOADS.filter(isWanted)) {
    for (const runtime of RUNTIMES) {
      for (const concurrency of workload.concurrencies) {
        const result = await measureCase(workers, { workload, runtime, concurrency }, plan);
        if (result === null) continue;
        cases.push(result);
        console.log(summary(result));
      }
    }
  }
  const figures: FigureResult[] = [];
  for (const figure of FIGURES.filter(isWanted)) {
    figures.push({ figure, value: await figure.measure(programs, plan.rounds) });
  }
  const judged = verdicts(cases, figures);
  const rows = judged.map(({ isMet, what, measured, target }) => [
    what,
    measured,
    target,
    isMet ? "met" : "MISSED",
  ]);
  console.log(`\n${table(["what", "measured", "target", ""], rows).join("\n")}`);
  if (isQuick || filters.length > 0) return;
  const circumstances = {
    date: new Date().toISOString().slice(0, 10),
    machine: await machine(programs, description),
    ...plan,
  };
  await write(cases, markdownReport(cases, judged, circumstances), circumstances);
}

/** Every client of one workload in turn; `null` where the runtime has none of its clients. */
async function measureCase(
  workers: Workers,
  { workload, runtime, concurrency }: Omit<CaseResult, "samples">,
  { rounds, seconds }: Plan,
): Promise<CaseResult | null> {
  const clients: ClientName[] = [];
  for (const name of workload.clients) {
    if (await workers.find(runtime, name) !== null) clients.push(name);
  }
  if (clients.length === 0) return null;
  const runOnce = (name: ClientName, seconds: number) =>
    workers.run(runtime, name, {
      method: workload.method,
      path: workload.path,
      size: workload.sizeBytes,
      streamed: workload.isStreamed,
      concurrency,
      seconds,
    });
  for (const name of clients) await runOnce(name, WARM_UP_SECONDS);
  const samples = await interleave(clients, rounds, (name) => runOnce(name, seconds));
  return { workload, runtime, concurrency, samples };
}

function summary({ workload, runtime, concurrency, samples }: CaseResult): string {
  const figures = [...samples.keys()].map((name) =>
    `${CLIENT_TITLES[name]} ${grouped(medianOf(samples, name))}`
  );
  const where = `${workload.name}, ${RUNTIME_TITLES[runtime]}, c = ${concurrency}`;
  return `${where.padEnd(34)} ${figures.join(" · ")} ${workload.unit}`;
}

/** The worker processes, started when first asked for and kept until the end. */
class Workers {
  readonly #programs: Programs;
  readonly #server: string;
  readonly #workers = new Map<string, Promise<LineProcess | null>>();

  constructor(programs: Programs, server: string) {
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

  async run(runtime: RuntimeName, client: ClientName, job: Omit<Job, "server">): Promise<Sample> {
    const worker = await this.find(runtime, client);
    if (worker === null) throw new Error(`Cannot run ${client} on ${runtime}: it is not there`);
    await worker.write({ server: this.#server, ...job });
    return await worker.read<Sample>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers.values()) await (await worker)?.[Symbol.asyncDispose]();
  }

  async #start(runtime: RuntimeName, client: ClientName): Promise<LineProcess | null> {
    const command = await this.#command(runtime, client);
    if (command === null) return null;
    const worker = new LineProcess(this.#programs.pinned(command));
    await worker.read(); // ready
    return worker;
  }

  async #command(runtime: RuntimeName, client: ClientName): Promise<readonly string[] | null> {
    const { deno, bun } = this.#programs;
    if ((runtime === "python") !== (client === "python_httpx")) return null;
    if (runtime === "python") return await pythonCommand();
    if (client === "undici" && await npmPackageIfAvailable("undici@7") === null) return null;
    if (runtime === "deno") return [deno, "run", "--no-check", "-A", path("worker.ts"), client];
    const config = await writeBunConfig([bun], [path("clients/undici.ts")]);
    return [bun, `--tsconfig-override=${config}`, path("worker.ts"), client];
  }
}

/** Python httpx where it is installed. */
async function pythonCommand(): Promise<readonly string[] | null> {
  try {
    await outputOf(["python3", "-c", "import httpx"]);
    return ["python3", path("clients/python_httpx.py")];
  } catch {
    return null;
  }
}

async function findPrograms(): Promise<Programs> {
  const bun = await outputOf(["bun", "--version"]).then(
    () => "bun",
    () => npmProgram("bun@1", "bun"),
  );
  const prefix = await pinned(CLIENT_CORE, []);
  return { deno: Deno.execPath(), bun, pinned: (command) => [...prefix, ...command] };
}

/** The command held to a core, where the machine has two and `taskset`. */
async function pinned(core: number, command: readonly string[]): Promise<readonly string[]> {
  return await canPin() ? ["taskset", "-c", String(core), ...command] : command;
}

async function canPin(): Promise<boolean> {
  try {
    for (const core of [CLIENT_CORE, SERVER_CORE]) {
      await outputOf(["taskset", "-c", `${core}`, "true"]);
    }
    return true;
  } catch {
    return false;
  }
}

async function machine({ bun }: Programs, server: string): Promise<string[]> {
  const bunVersion = new TextDecoder().decode(await outputOf([bun, "--version"])).trim();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${
      cpus()[0]?.model ?? "unknown processor"
    }, ${cpus().length} cores, ${memory} GB, ${Deno.build.os} ${Deno.osRelease()}`,
    `Deno ${Deno.version.deno}, Bun ${bunVersion}`,
    `Server: ${server}, in a process of its own`,
    await canPin()
      ? "Server on one core, the clients in turn on another"
      : "Processes could not be held to cores: clients and server may share one",
  ];
}

async function write(
  cases: readonly CaseResult[],
  markdown: string,
  { date }: Circumstances,
): Promise<void> {
  const charted = cases.filter(({ workload }) => workload === get1k);
  const svg = svgChart("1 KB GET over kept connections, requests per second", charted);
  await Deno.mkdir(path("results"), { recursive: true });
  await Deno.writeTextFile(
    path(`results/${date}.md`),
    markdown.replace("\n\n", `\n\n![](${date}.svg)\n\n`),
  );
  await Deno.writeTextFile(path(`results/${date}.svg`), svg);
  console.log(`\nWritten to bench/results/${date}.md and ${date}.svg`);
}
