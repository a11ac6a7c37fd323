/**
 * Measures our client against others and prints the table; a full run also writes it to bench/results.
 *
 *     deno task bench [--quick] [workload …]
 *
 * The server has a core of its own, the clients share another one in turn, each in a process of its own.
 * `--quick` (3 rounds of 0.5 s) is for work in progress and is not written down. Beside requests a second each line has the
 * CPU time of a request: on a busy machine that alone is stable.
 */
import { fileURLToPath } from "node:url";
import { CLIENT_TITLES, type ClientName } from "./clients/client.ts";
import { LineProcess } from "./line_process.ts";
import { describeMachine, findPrograms } from "./machine.ts";
import { cpuOf, growthOf, interleave, medianOf, type Sample } from "./measure.ts";
import { type Circumstances, grouped, markdownReport, svgChart, table } from "./report.ts";
import type { ServerReady } from "./server.ts";
import { type CaseResult, type FigureResult, RUNTIME_TITLES, verdicts } from "./verdict.ts";
import { Workers } from "./workers.ts";
import { bundleSize } from "./figures/bundle_size.ts";
import { cacheHit } from "./workloads/cache_hit.ts";
import { cacheMiss } from "./workloads/cache_miss.ts";
import { coldStart } from "./cold_start/workload.ts";
import { cliStart } from "./figures/cli_start.ts";
import { download200m } from "./workloads/download_200m.ts";
import { firstRequestSync } from "./figures/first_request_sync.ts";
import { get100k } from "./workloads/get_100k.ts";
import { fetch1k, get1k } from "./workloads/get_1k.ts";
import { download200mH2 } from "./workloads/download_200m_h2.ts";
import { get1kH2 } from "./workloads/get_1k_h2.ts";
import { get1kSync } from "./workloads/get_1k_sync.ts";
import { get1kWide } from "./workloads/get_1k_wide.ts";
import { importTime } from "./figures/import_time.ts";
import { post1k } from "./workloads/post_1k.ts";
import { retry } from "./workloads/retry.ts";
import type { RuntimeName, Workload } from "./workloads/workload.ts";

const WORKLOADS = [
  ...[get1k, post1k, get1kWide, get100k, download200m, get1kH2, download200mH2],
  ...[get1kSync, cacheHit, cacheMiss, retry, coldStart, fetch1k],
];
const FIGURES = [importTime, cliStart, firstRequestSync, bundleSize];
const RUNTIMES: readonly RuntimeName[] = ["deno", "bun", "node", "python"];
/** Bun compiles our code for some two seconds before it runs at its full speed; `fetch` is native from the start. */
const WARM_UP_SECONDS = 2.5;

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
    programs.onServerCore([programs.deno, "run", "-A", path("server.ts"), programs.bun]),
  );
  const { description, ...addresses } = await server.read<ServerReady>();
  await using workers = new Workers(programs, addresses);

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
    machine: await describeMachine(programs, description),
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
  if (workload.isWholeProcess) {
    return await measureProcesses(workers, { workload, runtime }, rounds);
  }
  const clients: ClientName[] = [];
  for (const name of workload.clients) {
    if (await workers.find(runtime, name) !== null) clients.push(name);
  }
  if (clients.length === 0) return null;
  const runOnce = (name: ClientName, seconds: number, isWarmUp = false) =>
    workers.run(runtime, name, {
      method: workload.method,
      path: workload.path,
      size: workload.sizeBytes,
      streamed: workload.isStreamed,
      secure: workload.isSecure ?? false,
      concurrency,
      seconds,
      isWarmUp,
    });
  for (const name of clients) await runOnce(name, WARM_UP_SECONDS, true);
  const samples = await interleave(clients, rounds, (name) => runOnce(name, seconds));
  return { workload, runtime, concurrency, samples };
}

/** Three processes a round for each client, after one that fills the caches of its runtime. */
async function measureProcesses(
  workers: Workers,
  { workload, runtime }: Pick<CaseResult, "workload" | "runtime">,
  rounds: number,
): Promise<CaseResult | null> {
  const runOnce = (name: ClientName) => workers.runProcess(runtime, name, workload.path);
  const clients: ClientName[] = [];
  for (const name of workload.clients) if (await runOnce(name) !== null) clients.push(name);
  if (clients.length === 0) return null;
  const samples = await interleave(
    clients,
    3 * rounds,
    async (name): Promise<Sample> => await runOnce(name) ?? { value: NaN },
  );
  return { workload, runtime, concurrency: 1, samples };
}

function summary({ workload, runtime, concurrency, samples }: CaseResult): string {
  const figures = [...samples.keys()].map((name) => {
    const cpu = cpuOf(samples, name);
    const notes = [
      ...Number.isNaN(cpu) ? [] : [`${cpu.toFixed(1)} µs`],
      ...workload.isStreamed ? [`+${growthOf(samples, name).toFixed(0)} MB`] : [],
    ];
    const note = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
    return `${CLIENT_TITLES[name]} ${grouped(medianOf(samples, name))}${note}`;
  });
  const where = `${workload.name}, ${RUNTIME_TITLES[runtime]}, c = ${concurrency}`;
  return `${where.padEnd(34)} ${figures.join(" · ")} ${workload.unit}`;
}

async function write(
  cases: readonly CaseResult[],
  markdown: string,
  { date }: Circumstances,
): Promise<void> {
  const charts: readonly (readonly [file: string, title: string, workload: Workload])[] = [
    [`${date}.svg`, "1 KB GET over kept connections, requests per second", get1k],
    [`${date}_cold_start.svg`, "A whole process with one GET, milliseconds", coldStart],
  ];
  await Deno.mkdir(path("results"), { recursive: true });
  for (const [file, title, workload] of charts) {
    const charted = cases.filter((result) => result.workload === workload);
    await Deno.writeTextFile(path(`results/${file}`), svgChart(title, charted));
  }
  const images = charts.map(([file]) => `![](${file})`).join("\n\n");
  await Deno.writeTextFile(
    path(`results/${date}.md`),
    markdown.replace("\n\n", `\n\n${images}\n\n`),
  );
  console.log(`\nWritten to bench/results: ${date}.md and ${charts.length} charts`);
}
