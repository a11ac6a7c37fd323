/** How long a program takes from its start to its first response without await: a new process each time, cache warm. */
import { type Figure, medianOfRuns, outputOf, temporaryScript } from "./figure.ts";

const SCRIPT = `
  const { get } = await import(Deno.args[0]);
  get(Deno.args[1]).raiseForStatus();
  console.log(performance.timeOrigin + performance.now());
`;

export const firstRequestSync: Figure = {
  name: "first_request_sync",
  title: "Start of a program to its first response without await, Deno, cache warm",
  unit: "ms",
  atMost: 150,
  async measure({ deno, onClientCore }, rounds) {
    await using script = await temporaryScript(SCRIPT);
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response("hello"),
    );
    const module = new URL("../../src/sync/mod.ts", import.meta.url).href;
    const url = `http://127.0.0.1:${server.addr.port}/`;
    const command = onClientCore([deno, "run", "--no-check", "-A", script.path, module, url]);
    return await medianOfRuns(rounds, async () => {
      const startedAt = performance.timeOrigin + performance.now();
      return Number(new TextDecoder().decode(await outputOf(command))) - startedAt;
    });
  },
};
