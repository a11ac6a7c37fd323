import { connectBun } from "../../src/runtime/adapters/bun_connect.ts";
import { connectDeno } from "../../src/runtime/adapters/deno_socket.ts";
import { connectNode } from "../../src/runtime/adapters/node_socket.ts";
import { connectByStages } from "../../src/runtime/select_adapter.ts";
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
    clientCertificates: false,
    tellsBadKeys: true,
    localAddress: false,
    freesHandshakes: false,
  });
  describeConnecting("connectByStages", connectByStages, {
    ...all,
    tellsReasons: false,
    tellsBadKeys: false,
    localAddress: false,
  });
} else {
  describeConnecting("connectBun", connectBun, { ...all, localAddress: false });
}
describeConnecting("connectNode", connectNode, {
  ...all,
  tellsReasons: runtime !== "deno",
  tellsBadKeys: runtime !== "deno",
});
