/** How long the command line takes from its start to its first words and its end: a new process each time, cache warm. */
import { type Figure, medianOfRuns, outputOf } from "./figure.ts";

export const cliStart: Figure = {
  name: "cli_start",
  title: "Start of the command line (httpx --help) on Deno, cache warm",
  unit: "ms",
  atMost: 120,
  async measure({ deno, onClientCore }, rounds) {
    const entry = new URL("../../src/cli/main.ts", import.meta.url).href;
    const command = onClientCore([deno, "run", "--no-check", "-A", entry, "--help"]);
    return await medianOfRuns(rounds, async () => {
      const startedAtMs = performance.now();
      await outputOf(command);
      return performance.now() - startedAtMs;
    });
  },
};
