/** What the benchmarks run on: programs, cores, and the words for them. */
import { cpus, totalmem } from "node:os";
import { npmProgram } from "../tests/support/npm.ts";
import { outputOf, type Programs } from "./figures/figure.ts";

const CLIENT_CORE = 0;
const SERVER_CORE = 1;

/** The programs of the runtimes, and how a process is held to a core. */
export async function findPrograms(): Promise<Programs> {
  const bun = await outputOf(["bun", "--version"]).then(
    () => "bun",
    () => npmProgram("bun@1", "bun"),
  );
  const node = await npmProgram("node@26", "node").catch(() => npmProgram("node@24", "node"))
    .catch(() => null);
  const isPinning = await canPin();
  const hold = (core: number) => (command: readonly string[]) =>
    isPinning ? ["taskset", "-c", String(core), ...command] : command;
  return {
    deno: Deno.execPath(),
    bun,
    node,
    isPinning,
    onClientCore: hold(CLIENT_CORE),
    onServerCore: hold(SERVER_CORE),
  };
}

/** Whether there are two cores, and `taskset`. */
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

/** The machine in a few lines, for the report. */
export async function describeMachine(
  { bun, node, isPinning }: Programs,
  server: string,
): Promise<string[]> {
  const bunVersion = new TextDecoder().decode(await outputOf([bun, "--version"])).trim();
  const nodeVersion = node === null
    ? ""
    : `, Node ${new TextDecoder().decode(await outputOf([node, "--version"])).trim().slice(1)}`;
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${
      cpus()[0]?.model ?? "unknown processor"
    }, ${cpus().length} cores, ${memory} GB, ${Deno.build.os} ${Deno.osRelease()}`,
    `Deno ${Deno.version.deno}, Bun ${bunVersion}${nodeVersion}`,
    `Server: ${server}, in a process of its own`,
    isPinning
      ? "Server on one core, the clients in turn on another"
      : "Processes could not be held to cores: clients and server may share one",
  ];
}
