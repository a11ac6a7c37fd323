import { connectBun } from "../../src/runtime/adapters/bun_connect.ts";
import { connectDeno } from "../../src/runtime/adapters/deno_socket.ts";
import { connectNode } from "../../src/runtime/adapters/node_socket.ts";
import type { Connect } from "../../src/runtime/select_adapter.ts";
import { describeSocket, type Lacks, type Route } from "../contracts/socket_contract.ts";
import { runtime } from "../support/runtimes.ts";

const adapters: Record<string, Connect> = runtime === "deno"
  ? { connectDeno, connectNode }
  : { connectBun, connectNode };

const routes: readonly Route[] = ["TCP", "TLS", "UNIX"];

for (const [name, connect] of Object.entries(adapters)) {
  for (const route of routes) describeSocket(name, connect, route, lacksOf(connect, route));
}

function lacksOf(connect: Connect, route: Route): Lacks {
  // Deno's node:tls tells a reset as an end; its and Bun's node:net stop reading where a write fails.
  const isForeign = connect === connectNode;
  return {
    resets: route === "UNIX" || (isForeign && route === "TLS" && runtime === "deno"),
    lastWords: isForeign && route !== "TCP",
  };
}
