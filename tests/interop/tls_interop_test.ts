/** TLS against nginx and OpenSSL; without them it is left out. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describeClientTLS } from "../contracts/client_tls_contract.ts";
import { certificatePath } from "../support/certificates.ts";
import { runtime, scriptCommand } from "../support/runtimes.ts";
import { areInstalled, startSites } from "./tls_servers.ts";

if (areInstalled) describeClientTLS(runtime, { resumes: runtime !== "deno" });
else console.error("Tests of TLS need nginx and openssl; they are left out");

const ca = certificatePath("ca");
const test = areInstalled ? it : it.skip;

describe("createTLSContext({ ca })", () => {
  test("trusts those who are named alone, whomever the runtime trusts", async () => {
    await using sites = await startSites();
    const url = sites.url("good");
    const variables = { NODE_EXTRA_CA_CERTS: ca, DENO_CERT: ca };
    assertEquals(await run(["runtime", url], variables), "200\n");
    assertEquals(await run([`runtime,${certificatePath("other_ca")}`, url], variables), "200\n");
    assertEquals(
      await run([certificatePath("other_ca"), url], variables),
      "Cannot connect to localhost:PORT: the certificate is not signed by a trusted authority; " +
        "pass its CA certificate (a path or PEM) as `verify` (127.0.0.1)\n".replace(
          OWN_ADDRESS,
          "",
        ),
    );
  });
});

describe("SSLKEYLOGFILE", () => {
  test("has the secrets of every connection logged", async () => {
    await using sites = await startSites();
    const folder = await mkdtemp(join(tmpdir(), "httpx-keys-"));
    try {
      const SSLKEYLOGFILE = join(folder, "keys.log");
      const urls = [sites.url("tls13"), sites.url("tls12")];
      assertEquals(await run([`runtime,${ca}`, ...urls], { SSLKEYLOGFILE }), "200 200\n");
      const lines = (await readFile(SSLKEYLOGFILE, "utf8")).trim().split("\n");
      const labels = new Set(lines.map((line) => line.split(" ")[0] ?? ""));
      for (const label of ["CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "CLIENT_RANDOM"]) {
        assert(labels.has(label), [...labels].join());
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Bun connects by name: it says no address. */
const OWN_ADDRESS = runtime === "bun" ? " (127.0.0.1)" : "";

/** Runs the program, as Deno looks at the variable when it starts. */
function run(args: readonly string[], variables: Record<string, string>): Promise<string> {
  const script = fileURLToPath(new URL("./tls_program.ts", import.meta.url));
  const [program = "", ...rest] = scriptCommand(script, args);
  const env = { ...process.env, ...variables, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(program, rest, { env, timeout: 20_000 }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}
