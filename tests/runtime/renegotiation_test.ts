/**
 * IIS, and Apache with `SSLVerifyClient` for a path, ask for a client certificate when they have read the request, by a
 * TLS 1.2 renegotiation. Node is the server: no other runtime can begin one.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Client, createTLSContext } from "../../mod.ts";
import { authorities, certificatePath, client } from "../support/certificates.ts";
import { npmProgram } from "../support/npm.ts";
import { runtime } from "../support/runtimes.ts";

const SERVER = `
const { readFileSync } = require("node:fs");
const [key, cert] = process.argv.slice(1).map((path) => readFileSync(path));
const server = require("node:tls").createServer({ key, cert, maxVersion: "TLSv1.2" }, (socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, () => setImmediate(() => {
      const got = socket.getPeerCertificate()?.subject ? "cert" : "none";
      socket.write("HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\n" + got);
    }));
  });
});
server.on("tlsClientError", () => {});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

/** The URL of a server that renegotiates; it ends with the test. */
async function startServer(): Promise<{ url: string } & AsyncDisposable> {
  const node = await npmProgram("node@24", "node");
  const paths = [certificatePath("server_key"), certificatePath("server")];
  const server = spawn(node, ["-e", SERVER, ...paths], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(server.stdout, "data");
  return {
    url: `https://localhost:${String(line).trim()}/secure`,
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill();
      await ended;
    },
  };
}

describe("A server that renegotiates to ask for a certificate", () => {
  const identities = { cert: { cert: client.cert, key: client.key }, none: {} };
  for (const [name, identity] of Object.entries(identities)) {
    it(`${name}: gets an answer on Bun, and an error that names renegotiation on Deno`, async () => {
      await using server = await startServer();
      const verify = createTLSContext({ ca: authorities.ca, ...identity, trustEnv: false });
      await using session = new Client({ verify, timeout: 5000 });
      const outcome = await session.get(server.url).then((r) => r.text(), (error) => String(error));
      if (runtime === "bun") assertEquals(outcome, name);
      else assertMatch(outcome, /wanted to renegotiate TLS 1\.2/);
      assertEquals(/pass `cert`/.test(outcome), false, outcome);
    });
  }
});
