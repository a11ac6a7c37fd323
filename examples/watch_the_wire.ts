/** See what a request does on the network: as log lines, as events with their times, and whom it talked to. */
import { Client, type TraceEvent } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();

{
  console.log("— as log lines");
  // `console` will do, and so will a logger of pino or LogTape.
  const logger = {
    info: (line: string) => console.log("INFO ", line),
    debug: (line: string) => console.log("DEBUG", line),
  };
  await using client = new Client({ logger });
  await client.get(`${server.url}/get`, { headers: { authorization: "Bearer never-shown" } });
}

{
  console.log("— as events: how long each step took");
  const startedAt = new Map<string, number>();
  const trace = (event: TraceEvent) => {
    const [, step = "", outcome] = /^(.+)\.(\w+)$/.exec(event) ?? [];
    if (outcome === "started") startedAt.set(step, performance.now());
    else {console.log(
        step,
        outcome,
        `${(performance.now() - (startedAt.get(step) ?? 0)).toFixed(1)} ms`,
      );}
  };
  await using client = new Client();
  const response = await client.get(`${server.url}/delay/0.05`, { extensions: { trace } });

  console.log("— whom it talked to");
  const stream = response.extensions.network_stream;
  const from = stream?.getExtraInfo("client_addr");
  const to = stream?.getExtraInfo("server_addr");
  console.log(`from ${from?.host}:${from?.port} to ${to?.host}:${to?.port}`);
  console.log("TLS:", stream?.getExtraInfo("ssl_object") ?? "none");
}
