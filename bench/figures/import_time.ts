/** How long a program waits for `import "@httpx/httpx"`: each time in a new process, its cache warm. */
import { type Figure, medianOfRuns, outputOf, temporaryScript } from "./figure.ts";

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
    await using script = await temporaryScript(SCRIPT);
    const module = new URL("../../mod.ts", import.meta.url).href;
    const command = onClientCore([deno, "run", "--no-check", "-A", script.path, module]);
    return await medianOfRuns(
      rounds,
      async () => Number(new TextDecoder().decode(await outputOf(command))),
    );
  },
};
