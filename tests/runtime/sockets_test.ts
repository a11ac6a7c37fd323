import { connectBun } from "../../src/runtime/bun_socket.ts";
import { connectDeno } from "../../src/runtime/deno_socket.ts";
import { connectNode } from "../../src/runtime/node_socket.ts";
import type { Connect } from "../../src/runtime/pick.ts";
import { describeSocket, type Road } from "../contracts/socket_contract.ts";
import { runtime } from "../support/runtimes.ts";

const roads: readonly Road[] = ["TCP", "TLS", "UNIX"];

const adapters: Record<string, Connect> = runtime === "deno"
  ? { connectDeno, connectNode }
  : { connectBun, connectNode };

for (const [name, connect] of Object.entries(adapters)) {
  for (const road of roads) describeSocket(name, connect, road);
}
