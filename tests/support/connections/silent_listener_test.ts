import { assertRejects } from "@std/assert";
import { it } from "@std/testing/bdd";
import { connect } from "../../../src/runtime/select_adapter.ts";
import { listenSilently } from "./silent_listener.ts";

it("listenSilently() refuses nobody and lets nobody in", async () => {
  await using silent = await listenSilently("127.0.0.1");
  const signal = AbortSignal.timeout(300);
  const { host, port } = silent;
  await assertRejects(() => connect({ host, port, tls: null, signal }), DOMException);
});
