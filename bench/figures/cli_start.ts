/** How long the command line takes from its start to its first words and its end: a new process each time, cache warm. */
import { median } from "../measure.ts";
import { type Figure, outputOf } from "./figure.ts";

export const cliStart: Figure = {
  name: "cli_start",
  title: "Start of the command line (httpx --help) on Deno, cache warm",
  unit: "ms",
  atMost: 120,
  async measure({ deno, onClientCore }, rounds) {
    const entry = new URL("../../src/cli/main.ts", import.meta.url).href;
    const command = onClientCore([deno, "run", "--no-check", "-A", entry, "--help"]);
    await outputOf(command); // warms the cache
    const times: number[] = [];
    for (let round = 0; round < rounds * 3; round++) {
      const startedAtMs = performance.now();
      await outputOf(command);
      times.push(performance.now() - startedAtMs);
    }
    return median(times);
  },
};
