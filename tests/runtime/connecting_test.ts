import { connectBun } from "../../src/runtime/bun_socket.ts";
import { connectDeno } from "../../src/runtime/deno_socket.ts";
import { connectNode } from "../../src/runtime/node_socket.ts";
import { describeConnecting } from "../contracts/connecting_contract.ts";
import { runtime } from "../support/runtimes.ts";

const all = {
  unverified: true,
  tellsReasons: true,
  takesSelfSigned: true,
  tellsBadKeys: true,
  localAddress: true,
  freesHandshakes: true,
};

if (runtime === "deno") {
  describeConnecting("connectDeno", connectDeno, {
    unverified: false,
    tellsReasons: true,
    takesSelfSigned: false,
    tellsBadKeys: true,
    localAddress: false,
    freesHandshakes: false,
  });
} else {
  describeConnecting("connectBun", connectBun, { ...all, localAddress: false });
}
describeConnecting("connectNode", connectNode, {
  ...all,
  tellsReasons: runtime !== "deno",
  tellsBadKeys: runtime !== "deno",
});
