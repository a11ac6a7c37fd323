/** The command as a process: its exit code, its streams, signals, and how long it takes to start. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { denoProgram, runtime, scriptCommand } from "../support/runtimes.ts";
import { httpx, MAIN, start } from "./command.ts";
import { response, serveFixed } from "./fixed_server.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-command-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A server that sends half of a body, and then nothing. */
function stallingServer() {
  let sent = () => {};
  const hasSent = new Promise<void>((resolve) => sent = resolve);
  const server = serveFixed({
    "/a": async (peer) => {
      await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "a".repeat(500));
      sent();
      await peer.readToEnd();
      peer.close();
    },
  });
  return { server, hasSent };
}

describe("httpx as a process", () => {
  it("writes every byte of a body, and nothing else", async () => {
    const body = Uint8Array.from({ length: 3_000_000 }, (_, i) => i * 7 + (i >> 8));
    await using server = await serveFixed({
      "/": response("200 OK", "Content-Type: image/x", body),
    });
    const { code, stdout, stderr } = await httpx(server.url);
    assertEquals([code, stderr, stdout.length], [0, "", body.length]);
    assertEquals(stdout.every((byte, i) => byte === body[i]), true);
  });

  it("ends with 0, 1 or 2", async () => {
    await using server = await serveFixed({ "/ok": response("201 Created", "", "made") });
    const ok = await httpx(`${server.url}/ok`);
    assertEquals([ok.code, ok.text, ok.stderr], [0, "made", ""]);
    const missing = await httpx(`${server.url}/missing`);
    assertEquals([missing.code, missing.text, missing.stderr], [
      1,
      "no\n",
      `httpx: 404 Not Found from GET ${server.url}/missing\n`,
    ]);
    const failed = await httpx("http://127.0.0.1:1/");
    assertEquals([failed.code, failed.text, failed.stderr], [
      1,
      "",
      "httpx: ConnectError: Cannot connect to 127.0.0.1:1: connection refused\n",
    ]);
    const usage = await httpx("--verbos", server.url);
    assertEquals([usage.code, usage.text, usage.stderr], [
      2,
      "",
      "httpx: Unknown option --verbos: did you mean --verbose?\n",
    ]);
  });

  it("reads a password from a pipe", async () => {
    await using server = await serveFixed({ "/": response("200 OK", "", "in") });
    const args = [server.url, "--auth", "ada", "-"];
    const { code, stderr } = await start(args, { stdin: "secret\nmore\n" }).outcome;
    assertEquals([code, stderr], [0, ""]);
    assertEquals(server.heads[0]?.includes(`Basic ${btoa("ada:secret")}`), true);
    const none = await start(args).outcome;
    assertEquals([none.code, none.stderr], [
      2,
      "httpx: Cannot use --auth: the input ended before a password came\n",
    ]);
  });

  it("takes the proxy of the environment, and with --no-trust-env does not", async () => {
    await using proxy = await serveFixed({
      "http://example.invalid/": response("200 OK", "", "p"),
    });
    await using server = await serveFixed({ "/": response("200 OK", "", "direct") });
    const sent = async (args: string[], variables: Record<string, string>) => {
      const cleared = { no_proxy: "", NO_PROXY: "", http_proxy: "", HTTP_PROXY: "", ALL_PROXY: "" };
      const { outcome } = start(args, { environment: { ...cleared, ...variables } });
      return new TextDecoder().decode((await outcome).stdout);
    };
    assertEquals(await sent(["http://example.invalid/"], { http_proxy: proxy.url }), "p");
    const unreachable = { http_proxy: "http://127.0.0.1:1" };
    assertEquals(await sent([server.url, "--no-trust-env"], unreachable), "direct");
  });

  it("honours FORCE_COLOR in a pipe", async () => {
    await using server = await serveFixed({
      "/": response("200 OK", "Content-Type: application/json", "[1]"),
    });
    const { outcome } = start([server.url], { environment: { FORCE_COLOR: "1" } });
    assertEquals(
      new TextDecoder().decode((await outcome).stdout),
      "[\n  \x1b[35m1\x1b[0m\n]\n",
    );
  });

  it("ends quietly and at once when its reader does", async () => {
    let isCut = () => {};
    const wasCut = new Promise<void>((resolve) => isCut = resolve);
    await using server = await serveFixed({
      "/": async (peer) => {
        await peer.send("HTTP/1.1 200 OK\r\n\r\n");
        const gone = peer.readToEnd().then(() => true);
        const line = "endless\n".repeat(8192);
        while (!(await Promise.race([gone, peer.send(line)]) === true));
        peer.close();
        isCut();
      },
    });
    const { child, outcome } = start([server.url]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { code, stderr } = await outcome;
    assertEquals([code, stderr], [0, ""]);
    await wasCut;
  });

  (existsSync("/dev/full") ? it : it.skip)("says that its output can't be written", async () => {
    await using server = await serveFixed({ "/": response("200 OK", "", "hello\n") });
    const command = ["sh", "-c", '"$@" > /dev/full', "sh", ...scriptCommand(MAIN)];
    const { code, stderr } = await start([server.url], { command }).outcome;
    assertEquals([code, stderr], [1, "httpx: Cannot write the output: the disk is full\n"]);
  });

  it("needs no permission but that of the network", async () => {
    await using server = await serveFixed({ "/": response("200 OK", "", "hello\n") });
    const flags = ["run", "--no-check", "--no-prompt", "--allow-net", MAIN, server.url];
    assertEquals(await denoOutput(flags), "hello\n");
  });

  it("leaves no part of a file when it is stopped, and ends as shells expect", () =>
    inFolder(async (folder) => {
      for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
        const { server, hasSent } = stallingServer();
        await using running = await server;
        const path = join(folder, "a");
        const { child, outcome } = start([`${running.url}/a`, "--download", path]);
        await hasSent;
        if (child.pid !== undefined) process.kill(child.pid, signal); // on Deno child.kill() hides the exit code
        assertEquals((await outcome).code, exitCode);
        assertEquals(readdirSync(folder), []);
        assertEquals(existsSync(path), false);
      }
    }));

  it("is stopped while it waits for the reader of a pipe, or for room in it", () =>
    inFolder(async (folder) => {
      await using server = await serveFixed({ "/": response("200 OK", "", "x".repeat(1 << 20)) });
      for (const hasReader of [false, true]) {
        const path = join(folder, `pipe ${hasReader}`);
        execFileSync("mkfifo", [path]);
        const { O_RDONLY, O_NONBLOCK } = constants;
        const reader = hasReader ? openSync(path, O_RDONLY | O_NONBLOCK) : null;
        const { child, outcome } = start([server.url, "-v", "--download", path]);
        await new Promise<void>((resolve) => {
          let text = "";
          child.stderr?.on("data", (bytes) => {
            text += bytes;
            if (text.includes("200 OK")) resolve();
          });
        });
        if (child.pid !== undefined) process.kill(child.pid, "SIGINT");
        assertEquals((await outcome).code, 130);
        if (reader !== null) closeSync(reader);
      }
    }));

  it("saves what is larger than memory should hold at once", () =>
    inFolder(async (folder) => {
      const chunk = new Uint8Array(1 << 20);
      await using server = await serveFixed({
        "/": async (peer) => {
          await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${64 << 20}\r\n\r\n`);
          for (let i = 0; i < 64; i++) await peer.send(chunk);
          peer.end();
        },
      });
      const path = join(folder, "big");
      const { code, stderr } = await httpx(server.url, "--download", path);
      assertEquals(code, 0);
      assertMatch(stderr, /^Saved big: 67\.1 MB in \d+\.\d s \(\d+\.\d MB\/s\)\n$/);
    }));

  it("lets a program that calls main() go on, and end by itself", () =>
    inFolder(async (folder) => {
      await using server = await serveFixed({ "/": response("200 OK", "", "hello\n") });
      const script = join(folder, "script.ts");
      const args = JSON.stringify([server.url, "--auth", "ada", "-"]);
      await writeFile(
        script,
        `import { main } from ${JSON.stringify(pathToFileURL(MAIN).href)};\n` +
          `const code = await main(${args});\nconsole.log("code", code);\n`,
      );
      const { outcome } = start([], { command: scriptCommand(script), stdin: "secret\n" });
      const { code, stdout, stderr } = await outcome;
      assertEquals([code, stderr], [0, ""]);
      assertEquals(new TextDecoder().decode(stdout), "hello\ncode 0\n");
    }));

  it("starts, and this is how long it takes", async () => {
    const startedAtMs = performance.now();
    const { code } = await httpx("--help");
    const tookMs = Math.round(performance.now() - startedAtMs);
    assertEquals(code, 0);
    console.log(`httpx --help on ${runtime}: ${tookMs} ms`);
  });
});

describe("deno install -g", () => {
  it("makes it the command httpx", () =>
    inFolder(async (folder) => {
      const flags = ["install", "--quiet", "--global", "--no-check", "-A", "--name", "httpx"];
      const install = [denoProgram(), ...flags, "--root", folder, MAIN];
      const installed = await start([], { command: install }).outcome;
      assertEquals(installed.code, 0, installed.stderr);
      await using server = await serveFixed({ "/": response("200 OK", "", "hello\n") });
      const { outcome } = start([server.url, "-v"], { command: [join(folder, "bin", "httpx")] });
      const { code, stdout, stderr } = await outcome;
      assertEquals([code, new TextDecoder().decode(stdout)], [0, "hello\n"], stderr);
    }));
});

/** Not by `node:child_process` on Deno: there it gives a Deno that it starts every permission. */
async function denoOutput(args: string[]): Promise<string> {
  if (runtime === "deno") {
    const { stdout } = await new Deno.Command(denoProgram(), { args, stdin: "null" }).output();
    return new TextDecoder().decode(stdout);
  }
  const { outcome } = start([], { command: [denoProgram(), ...args] });
  return new TextDecoder().decode((await outcome).stdout);
}
