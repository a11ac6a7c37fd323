/**
 * A port whose peer never answers, on loopback: it listens, its backlog is full, and nobody accepts, so the kernel
 * drops whoever else knocks. Deno alone listens without accepting, so a process of Deno's is the listener.
 */
import { spawn } from "node:child_process";
import { denoProgram } from "../runtimes.ts";

/** A listening port that lets nobody in. */
export interface SilentListener extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

const PROGRAM = `
const [hostname, given] = Deno.args;
const listener = Deno.listen({ hostname, port: Number(given), tcpBacklog: 1 });
const { port } = listener.addr;
const held = [];
for (let refusals = 0; refusals < 2;) { // one alone may be a machine that is busy
  try {
    held.push(await Deno.connect({ hostname, port, signal: AbortSignal.timeout(200) }));
    refusals = 0;
  } catch {
    refusals++;
  }
}
console.log(port);
for await (const _ of Deno.stdin.readable);
Deno.exit();
`;

/** Starts one. Port 0 is any. */
export async function listenSilently(host: string, port = 0): Promise<SilentListener> {
  const code = `data:application/javascript,${encodeURIComponent(PROGRAM)}`;
  const flags = ["run", "--no-prompt", "--allow-net", code, host, String(port)];
  const child = spawn(denoProgram(), flags, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const line = await new Promise<string>((resolve) => {
    let text = "";
    child.stdout.on("data", (chunk: Uint8Array) => {
      text += new TextDecoder().decode(chunk);
      if (text.includes("\n")) resolve(text.trim());
    });
    child.stdout.on("end", () => resolve(text.trim()));
  });
  const listening = Number(line);
  if (!(listening > 0)) throw new Error(`No silent listener on ${host}: Deno said "${line}"`);
  return {
    host,
    port: listening,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
    },
  };
}
