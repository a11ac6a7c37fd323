/**
 * WebSocket echoes: this library against npm's ws and the runtime's own `WebSocket`, on Deno, Bun and Node, with 125 bytes
 * and 64 KB, over one connection and 64. Each client has a process of its own; the rounds of all clients are interleaved.
 *
 *     deno run -A bench/websocket/run.ts [--seconds=1] [--rounds=3] [deno|bun|node …]
 *
 * CPU time is what is compared: it says the same on a busy machine. A ratio above 1 is in our favour.
 */
import { npmPackage } from "../../tests/support/npm.ts";
import { median } from "../measure.ts";
import type { EchoClientName, EchoJob, EchoResult } from "./echo_client.ts";

const CLIENT_FILE = new URL("./echo_client.ts", import.meta.url).pathname;
const SERVER_FILE = new URL("./echo_server.ts", import.meta.url).pathname;
const CLIENTS: readonly EchoClientName[] = ["ours", "class", "own", "ws"];

const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  deno: ["deno", "run", "-A", "--no-check", "--no-lock"],
  bun: ["bun", "run"],
  node: ["node", "--experimental-strip-types", "--no-warnings"],
};

const LOADS = [
  { sizeBytes: 125, connections: 1, inFlight: 1 },
  { sizeBytes: 125, connections: 1, inFlight: 64 },
  { sizeBytes: 125, connections: 64, inFlight: 1 },
  { sizeBytes: 65_536, connections: 1, inFlight: 8 },
  { sizeBytes: 65_536, connections: 64, inFlight: 1 },
] as const;

const DECODER = new TextDecoder();

async function main(args: readonly string[]): Promise<void> {
  const seconds = Number(optionOf(args, "seconds") ?? 1);
  const rounds = Number(optionOf(args, "rounds") ?? 3);
  const chosen = args.filter((arg) => arg in RUNTIMES);
  const wsFolder = await npmPackage("ws@8");
  await using server = await startServer();
  console.log(
    "| runtime | load | ours, messages/s | ours, CPU µs | class | own | ws | × own | × ws |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const runtime of chosen.length > 0 ? chosen : Object.keys(RUNTIMES)) {
    for (const load of LOADS) {
      const jobOf = (client: EchoClientName): EchoJob => ({
        client,
        ...load,
        url: server.url,
        seconds,
        wsFolder,
      });
      const results = new Map<EchoClientName, EchoResult[]>(CLIENTS.map((name) => [name, []]));
      for (let round = 0; round < rounds; round++) {
        for (const name of CLIENTS) results.get(name)?.push(await runClient(runtime, jobOf(name)));
      }
      console.log(row(runtime, load, results));
    }
  }
}

function optionOf(args: readonly string[], name: string): string | null {
  const prefix = `--${name}=`;
  return args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? null;
}

function row(
  runtime: string,
  { sizeBytes, connections, inFlight }: typeof LOADS[number],
  results: ReadonlyMap<EchoClientName, readonly EchoResult[]>,
): string {
  const cpu = (name: EchoClientName) =>
    median((results.get(name) ?? []).map((each) => each.cpuMicrosPerMessage));
  const rate = median((results.get("ours") ?? []).map((each) => each.messagesPerSecond));
  const cells = [
    runtime,
    `${sizeBytes} B, ${connections} × ${inFlight}`,
    rate.toFixed(0),
    ...CLIENTS.map((name) => cpu(name).toFixed(2)),
    (cpu("own") / cpu("ours")).toFixed(2),
    (cpu("ws") / cpu("ours")).toFixed(2),
  ];
  return `| ${cells.join(" | ")} |`;
}

async function runClient(runtime: string, job: EchoJob): Promise<EchoResult> {
  const [program = "", ...args] = RUNTIMES[runtime] ?? [];
  const { stdout, stderr, success } = await new Deno.Command(program, {
    args: [...args, CLIENT_FILE, JSON.stringify(job)],
  }).output();
  if (!success) {
    throw new Error(`Cannot measure ${job.client} on ${runtime}: ${DECODER.decode(stderr)}`);
  }
  return JSON.parse(DECODER.decode(stdout)) as EchoResult;
}

async function startServer(): Promise<{ readonly url: string } & AsyncDisposable> {
  const child = new Deno.Command("bun", { args: ["run", SERVER_FILE], stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    url: `ws://127.0.0.1:${DECODER.decode(value).trim()}/`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await reader.cancel();
      await child.status;
    },
  };
}

await main(Deno.args);
