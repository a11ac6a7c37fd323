import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connectBun } from "../../src/runtime/bun_socket.ts";
import type { ConnectOptions } from "../../src/runtime/connect_options.ts";
import { connectDeno } from "../../src/runtime/deno_socket.ts";
import { connectNode } from "../../src/runtime/node_socket.ts";
import { connectsByName, hasSockets, pick } from "../../src/runtime/pick.ts";
import { trusting } from "../contracts/socket_contract.ts";
import { client } from "../support/certificates.ts";
import { runtime } from "../support/runtimes.ts";

const signal = new AbortController().signal;
const plain: ConnectOptions = { host: "localhost", port: 443, tls: null, signal };
const tls = { ...trusting, isCaExclusive: false };
const { cert, key } = client;

const own = runtime === "deno" ? connectDeno : connectBun;
const nodeOnDeno = runtime === "deno" ? connectNode : connectBun;

describe("pick()", () => {
  it("takes the runtime's own sockets where they can, Node's elsewhere", () => {
    const choices: [Partial<ConnectOptions>, unknown][] = [
      [{}, own],
      [{ path: "/run/x.sock" }, own],
      [{ tls }, own],
      [{ tls: { ...tls, cert, key } }, own],
      [{ tls: { ...tls, serverName: "example.org" } }, own],
      [{ tls: { ...tls, cert, key, serverName: "example.org" } }, nodeOnDeno],
      [{ tls: { ...tls, verify: false } }, nodeOnDeno],
      [{ tls: { ...tls, isCaExclusive: true } }, nodeOnDeno],
      [{ tls, path: "/run/x.sock" }, nodeOnDeno],
      [{ localAddress: "127.0.0.1" }, connectNode],
    ];
    for (const [options, expected] of choices) {
      assertEquals(pick({ ...plain, ...options }), expected);
    }
  });
});

describe("connectsByName()", () => {
  it("is true for the adapters that race the addresses of a name themselves", () => {
    assertEquals(connectsByName(plain), true);
    assertEquals(connectsByName({ ...plain, localAddress: "127.0.0.1" }), false);
    const unverified = { ...plain, tls: { ...tls, verify: false } };
    assertEquals(connectsByName(unverified), runtime === "bun");
  });
});

describe("hasSockets()", () => {
  it("is true where these tests run", () => assertEquals(hasSockets(), true));
});
