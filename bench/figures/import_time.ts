/** How long a program waits for `import "@httpx/httpx"`: each time in a new process, its cache warm. */
import { median } from "../measure.ts";
import { type Figure, outputOf } from "./figure.ts";

const SCRIPT = `
  const started = performance.now();
  await import(Deno.args[0]);
  console.log(performance.now() - started);
`;

export const importTime: Figure = {
  name: "import_time",
  title: "Import of mod.ts on Deno, cache warm",
  unit: "ms",
  atMost: 30,
  async measure({ deno, onClientCore }, rounds) {
    const folder = await Deno.makeTempDir({ prefix: "httpx-bench-" });
    const script = `${folder}/import.ts`;
    try {
      await Deno.writeTextFile(script, SCRIPT);
      const module = new URL("../../mod.ts", import.meta.url).href;
      const command = onClientCore([deno, "run", "--no-check", "-A", script, module]);
      await outputOf(command); // warms the cache
      const times: number[] = [];
      for (let round = 0; round < rounds * 3; round++) {
        times.push(Number(new TextDecoder().decode(await outputOf(command))));
      }
      return median(times);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};
