import { assertEquals, assertNotEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  appendToFile,
  environmentVariable,
  fileStamp,
  readTextFile,
  readTexts,
  runtimeName,
} from "../../src/runtime/host.ts";
import { authorities, servers } from "../support/certificates.ts";
import { listen, type Loopback } from "../support/loopback.ts";
import { denoProgram, ENVIRONMENT, runtime } from "../support/runtimes.ts";

/**
 * Deno with no permission at all. Through a shell that has its path from the environment: where Deno sees that
 * `node:child_process` starts Deno, it passes permissions on.
 */
const RESTRICTED = ["sh", "-c", 'exec "$HTTPX_TEST_DENO" run --no-check "$0"'];

const root = new URL("../../", import.meta.url).href;

describe("host", () => {
  it("runtimeName() tells Deno and Bun apart", () => {
    assertEquals(runtimeName(), runtime);
  });

  it("environmentVariable() and readTextFile() tell what is not there", () => {
    assertEquals(environmentVariable("HTTPX_TEST_NO_SUCH_VARIABLE"), undefined);
    assertEquals(readTextFile("/no/such/file"), null);
  });

  it("what may not be read on Deno counts as absent, without a prompt", async () => {
    const output = await runScript(
      `
      import { environmentVariable, readTextFile } from "${root}src/runtime/host.ts";
      console.log(environmentVariable("PATH"), readTextFile("/etc/hostname"));
    `,
      RESTRICTED,
    );
    assertEquals(output, "undefined null\n");
  });
});

describe("files", () => {
  it("readTexts() reads a file, or the files of a folder, or says why not", async () => {
    const folder = await mkdtemp(join(tmpdir(), "httpx-files-"));
    try {
      await writeFile(join(folder, "a.txt"), "one");
      await mkdir(join(folder, "folder"));
      await symlink("nowhere", join(folder, "link"));
      assertEquals(readTexts(join(folder, "a.txt")), { texts: ["one"], fault: null });
      assertEquals(readTexts(folder), { texts: ["one"], fault: null });
      assertEquals(readTexts(join(folder, "b.txt")), { texts: [], fault: "missing" });
      const below = join(folder, "a.txt", "b.txt");
      assertEquals(readTexts(below), { texts: [], fault: "unreadable" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("fileStamp() changes where a file does; appendToFile() adds to it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "httpx-files-"));
    const path = join(folder, "log");
    const bytes = new TextEncoder().encode("line\n");
    try {
      assertEquals(fileStamp(path), "");
      assertEquals([appendToFile(path, bytes), appendToFile(path, bytes)], [null, null]);
      const stamp = fileStamp(path);
      assertEquals(fileStamp(path), stamp);
      appendToFile(path, bytes);
      assertNotEquals(fileStamp(path), stamp);
      assertEquals(readTexts(path).texts, ["line\nline\nline\n"]);
      assertEquals(appendToFile(join(folder, "no", "log"), bytes), "missing");
      assertEquals(appendToFile(folder, bytes), "unreadable");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("what may not be read or written on Deno is forbidden, without a prompt", async () => {
    const output = await runScript(
      `
      import { appendToFile, fileStamp, mayConnectAnywhere, readTexts } from "${root}src/runtime/host.ts";
      const nothing = appendToFile("/tmp/httpx-forbidden", new Uint8Array(0));
      console.log(readTexts("/etc/hostname").fault, nothing, fileStamp("/etc/hostname") === "", mayConnectAnywhere());
    `,
      RESTRICTED,
    );
    assertEquals(output, "forbidden forbidden true false\n");
  });

  it("certificates that may not be read on Deno: absent in the environment, an error in an option", async () => {
    const output = await runScript(
      `
      import { Client } from "${root}mod.ts";
      await using client = new Client();
      try {
        new Client({ verify: "/etc/hostname" });
      } catch (error) {
        console.log(String(error));
      }
    `,
      [...RESTRICTED.slice(0, 2), 'exec "$HTTPX_TEST_DENO" run --no-check --allow-env "$0"'],
    );
    assertEquals(
      output,
      'TypeError: Cannot use option "verify": file "/etc/hostname" may not be read; ' +
        "run with --allow-read=/etc/hostname\n",
    );
  });
});

describe("timers", () => {
  it("do not hold the program", async () => {
    const output = await runScript(`
      import { startInterval, startTimeout } from "${root}src/runtime/timers.ts";
      startInterval(() => console.log("tick"), 40_000);
      startTimeout(() => console.log("ring"), 40_000);
      console.log("over");
    `);
    assertEquals(output, "over\n");
  });
});

describe("connect()", () => {
  it("unref() lets the program end while a socket is open, for each adapter", async () => {
    const own = runtime === "deno" ? "deno_socket.ts" : "bun_connect.ts";
    for (const file of [own, "node_socket.ts"].map((name) => `adapters/${name}`)) {
      await using server = await listen(untilEnd);
      assertEquals(await runScript(connecting(server, file, "socket.unref()")), "connected\n");
    }
  });

  it("ref() holds the program until the peer ends", async () => {
    await using server = await listen(async (peer) => {
      await peer.read(1);
      await peer.send("x");
      peer.close();
    });
    const script = connecting(
      server,
      "select_adapter.ts",
      "socket.unref(); socket.ref(); socket.write(one)",
    );
    assertEquals(await runScript(script), "connected\ngot 1\nend\n");
  });

  it("connects on Deno by name where nothing but the name is allowed, whatever TLS is to be", async () => {
    const server = { tls: servers.good };
    await using peer = await listen((peer) => peer.echo(), server);
    const output = await runScript(
      `
      import { connect } from "${root}src/runtime/select_adapter.ts";
      import { makeSettings } from "${root}src/options/tls_settings.ts";
      const ca = [${JSON.stringify(authorities.ca)}];
      const { signal } = new AbortController();
      const terms = [
        { ca },
        { ca, isCaExclusive: true },
        { verify: false },
        { ca, isCaExclusive: true, minVersion: "TLSv1.3" },
        { ca, minVersion: "TLSv1.3" },
        { isCaExclusive: true, ca: [${JSON.stringify(authorities.other)}] },
      ];
      for (const given of terms) {
        const tls = { ...makeSettings(given), serverName: "localhost", alpnProtocols: [] };
        try {
          const socket = await connect({ host: "localhost", port: ${peer.port}, tls, signal });
          console.log(socket.tls !== null);
          socket.close();
        } catch (error) {
          console.log(error.message.replace(/\\d+/, "PORT"));
        }
      }
    `,
      [
        ...RESTRICTED.slice(0, 2),
        `exec "$HTTPX_TEST_DENO" run --no-check --allow-net=localhost:${peer.port} "$0"`,
      ],
    );
    const refused = [
      "permission is missing; run with --allow-sys",
      "the certificate is not signed by a trusted authority; pass its CA certificate (a path or PEM) as `verify`",
    ].map((reason) => `Cannot connect to localhost:PORT: ${reason}\n`);
    assertEquals(output, "true\n".repeat(4) + refused.join(""));
  });

  it("names the permission that is missing on Deno, without a prompt", async () => {
    await using server = await listen(untilEnd);
    const output = await runScript(connecting(server, "select_adapter.ts", ""), [
      "deno",
      "run",
      "--no-check",
    ]);
    const peer = `127.0.0.1:${server.port}`;
    assertEquals(
      output,
      `ConnectError: Cannot connect to ${peer}: permission is missing; run with --allow-net=${peer}\n`,
    );
  });
});

async function untilEnd(peer: Parameters<Parameters<typeof listen>[0]>[0]): Promise<void> {
  await peer.readToEnd();
  peer.close();
}

/** A program that connects, attaches, and does something with its socket. */
function connecting(server: Loopback, file: string, then: string): string {
  const name = {
    "select_adapter.ts": "connect",
    "adapters/deno_socket.ts": "connectDeno",
    "adapters/bun_connect.ts": "connectBun",
    "adapters/node_socket.ts": "connectNode",
  }[file];
  return `
    import { ${name} as connect } from "${root}src/runtime/${file}";
    const one = new Uint8Array(1);
    const { signal } = new AbortController();
    const options = { host: "127.0.0.1", port: ${server.port}, tls: null, signal };
    try {
      const socket = await connect(options);
      socket.attach({
        onData: (bytes) => console.log("got " + bytes.length),
        onEnd: () => { console.log("end"); socket.close(); },
        onError: (error) => console.log(String(error)),
        onDrain() {},
      });
      console.log("connected");
      ${then};
    } catch (error) {
      console.log(String(error));
    }
  `;
}

/** What a program prints, on the runtime of this test or as told. One that does not end is killed. */
async function runScript(source: string, command?: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-script-"));
  const script = join(folder, "script.ts");
  await writeFile(script, source);
  const own = runtime === "deno"
    ? [process.execPath, "run", "--no-check", "-A"]
    : [process.execPath];
  const [program = "", ...args] = command ?? own;
  try {
    return await new Promise((resolve) => {
      execFile(
        program,
        [...args, script],
        {
          timeout: 20_000,
          env: {
            ...process.env,
            NO_COLOR: "1",
            SSL_CERT_FILE: "/etc/hostname",
            [ENVIRONMENT.deno]: denoProgram(),
          },
        },
        (error, stdout, stderr) =>
          resolve(error?.killed ? `${stdout}did not end` : stdout + stderr),
      );
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
