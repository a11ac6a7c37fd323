/** The command on a real terminal: what is on its screen, and what is left of it afterwards. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { certificatePath, servers } from "../support/certificates.ts";
import { scriptCommand } from "../support/runtimes.ts";
import { MAIN } from "./command.ts";
import { response, serveFixed } from "./fixed_server.ts";
import { hasTmux, openTerminal, shellWord, type Terminal, type TerminalInit } from "./tmux.ts";

const onTerminal = hasTmux ? it : it.skip;

const JSON_TYPE = "Content-Type: application/json";

/** A shell's command. */
function httpx(...args: string[]): string {
  return [...scriptCommand(MAIN), ...args].map(shellWord).join(" ");
}

/** The screen after a command. */
async function screenOf(command: string, init: TerminalInit = {}): Promise<string[]> {
  await using terminal = await openTerminal(command, init);
  await terminal.ended();
  return await terminal.screen();
}

/** A server that sends half of a body of 1000 bytes, and the rest when it is told to. */
async function slowServer() {
  let go = () => {};
  const told = new Promise<void>((resolve) => go = resolve);
  const server = await serveFixed({
    "/a": async (peer) => {
      await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "a".repeat(500));
      const gone = peer.readToEnd();
      await Promise.race([told, gone]);
      await peer.send("b".repeat(500));
      peer.end();
    },
  });
  return { server, go };
}

/** Settings of the terminal that a prompt changes. */
const STTY =
  "stty -a | tr ' ;' '\\n\\n' | grep -E '^-?(echo|icanon|isig|icrnl)$' | tr '\\n' ' '; echo";
const NORMAL = "icrnl isig icanon echo";

describe("httpx on a terminal", () => {
  onTerminal("shows status line, headers and laid out JSON in colours", async () => {
    await using server = await serveFixed({
      "/": response("200 OK", `${JSON_TYPE}\r\nX-Request-ID: 7`, '{"a":[1,"b",true],"c":{}}'),
    });
    await using terminal = await openTerminal(httpx(server.url));
    await terminal.ended();
    assertEquals(await terminal.screen(), [
      "HTTP/1.1 200 OK",
      "Content-Type: application/json",
      "X-Request-ID: 7",
      "Content-Length: 25",
      "",
      "{",
      '  "a": [',
      "    1,",
      '    "b",',
      "    true",
      "  ],",
      '  "c": {}',
      "}",
    ]);
    const colors = await terminal.colors();
    assertEquals([colors[0], colors[1], colors[6], colors[8]], [
      "\x1b[34mHTTP/1.1\x1b[39m \x1b[32m200 OK",
      "\x1b[36mContent-Type\x1b[39m: application/json",
      '  \x1b[36m"a"\x1b[39m: [',
      '    \x1b[32m"b"\x1b[39m,',
    ]);
  });

  onTerminal("has no colours where NO_COLOR says so", async () => {
    await using server = await serveFixed({ "/": response("200 OK", JSON_TYPE, "[1]") });
    const init = { environment: { NO_COLOR: "1" } };
    await using terminal = await openTerminal(httpx(server.url), init);
    await terminal.ended();
    assertEquals(await terminal.colors(), await terminal.screen());
  });

  onTerminal("shows HTML in colours, and binary as its size", async () => {
    await using server = await serveFixed({
      "/html": response("200 OK", "Content-Type: text/html", '<p class="a">x &amp; y</p>'),
      "/png": response("200 OK", "Content-Type: image/png", new Uint8Array(1234)),
    });
    const commands = `${httpx(`${server.url}/html`)}; ${httpx(`${server.url}/png`)}`;
    await using terminal = await openTerminal(commands);
    await terminal.ended();
    const colors = await terminal.colors();
    assertEquals(
      colors[4],
      '\x1b[34m<p\x1b[39m \x1b[36mclass\x1b[39m=\x1b[32m"a"\x1b[34m>\x1b[39mx \x1b[35m&amp;\x1b[39m y\x1b[34m</p>',
    );
    assertEquals((await terminal.screen()).slice(5), [
      "HTTP/1.1 200 OK",
      "Content-Type: image/png",
      "Content-Length: 1234",
      "",
      "<1234 bytes of binary data>",
    ]);
  });

  onTerminal("shows the request too with -v", async () => {
    await using server = await serveFixed({ "/a?b=1": response("200 OK", JSON_TYPE, "{}") });
    const screen = await screenOf(httpx(`${server.url}/a`, "-p", "b", "1", "-v"), {
      columns: 120,
    });
    assertEquals(screen.filter((line) => !/^(\* Connect|\* queued|Accept|User-)/.test(line)), [
      "GET /a?b=1 HTTP/1.1",
      `Host: 127.0.0.1:${server.port}`,
      "Connection: keep-alive",
      "",
      "HTTP/1.1 200 OK",
      "Content-Type: application/json",
      "Content-Length: 2",
      "",
      "{}",
      "",
    ]);
  });

  onTerminal("shows the connection, TLS and the certificate with -v", async () => {
    const answer = response("200 OK", JSON_TYPE, "{}");
    await using server = await serveFixed({ "/": answer }, servers.good);
    const command = httpx(server.url, "-v", "--verify", certificatePath("ca"), "-h", "Accept", "*");
    const screen = await screenOf(command, { columns: 160, rows: 40 });
    const steady = screen.map((line) =>
      line
        .replace(/(127\.0\.0\.1|::1) port \d+, from \1 port \d+/, "HERE, from HERE")
        .replace(/(IP Address:127\.0\.0\.1), .*/, "$1")
        .replace(/TLS_AES_\w+/, "CIPHER")
        .replace(/(SHA-256: )[0-9A-F:]{95}$/, "$1HASH")
    ).filter((line) => !/^(Accept-|User-|\* queued|\* Selected ALPN)/.test(line));
    assertEquals(steady, [
      `* Connecting to localhost port ${server.port}`,
      "* Connected to HERE, from HERE",
      "* TLS established using TLSv1.3 / CIPHER",
      "* Server certificate:",
      "*   subject: CN=localhost",
      "*   issuer: CN=httpx test ca",
      "*   names: DNS:localhost, IP Address:127.0.0.1",
      "*   valid from: Jan  1 00:00:00 2020 GMT",
      "*   valid to: Jan  1 00:00:00 2120 GMT",
      "*   SHA-256: HASH",
      "GET / HTTP/1.1",
      `Host: localhost:${server.port}`,
      "Connection: keep-alive",
      "Accept: *",
      "",
      "HTTP/1.1 200 OK",
      "Content-Type: application/json",
      "Content-Length: 2",
      "",
      "{}",
      "",
    ]);
  });

  onTerminal("is not driven by a server: no title, no colour, no cleared screen", async () => {
    const evil = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b1mbold\x1b[6n\u202eelif";
    await using server = await serveFixed({
      "/text": response("200 OK", "Content-Type: text/plain\r\nX-A: \x9b31mred", evil),
      "/json": response("200 OK", JSON_TYPE, JSON.stringify([evil.slice(2)])),
      "/html": response("404 Oops\x9b2J", "Content-Type: text/html", `<p title='${evil}'>`),
    });
    const paths = ["/text", "/json", "/html"];
    const commands = paths.map((path) => httpx(server.url + path)).join("; ");
    const init = { columns: 120, rows: 30, environment: { NO_COLOR: "1" } };
    await using terminal = await openTerminal(`printf first\\\\n; ${commands}`, init);
    const title = await terminal.ask("#{pane_title}");
    await terminal.ended();
    const shown =
      "\\u001b]0;owned\\u0007\\u001b[2J\\u001b[31mred\\u009b1mbold\\u001b[6n\\u202eelif";
    const screen = await terminal.screen();
    assertEquals(screen[0], "first");
    assertEquals(screen.includes("X-A: \\u009b31mred"), true, screen.join("\n"));
    assertEquals(screen.includes(shown), true, screen.join("\n"));
    assertEquals(screen.includes("HTTP/1.1 404 Oops\\u009b2J"), true, screen.join("\n"));
    assertEquals(screen.includes(`<p title='${shown}'>`), true, screen.join("\n"));
    assertEquals(await terminal.colors(), screen);
    assertEquals(await terminal.ask("#{pane_title}"), title);
  });

  onTerminal("has a help that fits 80 columns", async () => {
    const screen = await screenOf(httpx("--help"), { columns: 80, rows: 80 });
    assertEquals(screen.slice(0, 3), [
      "httpx: a next generation HTTP client.",
      "",
      "Usage: httpx <URL> [OPTIONS]",
    ]);
    assertEquals(screen, await screenOf(httpx("--help"), { columns: 200, rows: 80 }));
  });

  onTerminal("writes the body alone into a pipe, and ends quietly with it", async () => {
    await using server = await serveFixed({
      "/": response("200 OK", JSON_TYPE, "[1]\n"),
      "/big": response("200 OK", "", "line\n".repeat(2_000_000)),
    });
    const commands = `${httpx(server.url)} | cat; ${httpx(`${server.url}/big`)} | head -n 1`;
    assertEquals(await screenOf(commands), ["[1]", "line"]);
  });
});

describe("httpx --download on a terminal", () => {
  onTerminal("draws a bar that fits the window, whatever becomes of its size", async () => {
    const { server, go } = await slowServer();
    await using _server = server;
    await using terminal = await openTerminal(httpx(`${server.url}/a`, "--download", "film.mkv"));
    const screen = await terminal.until(/50% █/);
    assertEquals(screen.slice(0, 3), ["HTTP/1.1 200 OK", "Content-Length: 1000", ""]);
    assertMatch(
      screen[3] ?? "",
      /^film\.mkv {2}50% █+░+ {2}0\.5\/1\.0 kB {2}\d.*B\/s {2}\d:\d\d:\d\d left$/,
    );
    assertEquals(screen.length, 4);
    await terminal.resize(44, 24);
    const narrow = await terminal.until(/^ *50% {2}0\.5/);
    assertEquals(narrow.length <= 5, true, narrow.join("\n"));
    await terminal.resize(80, 24);
    await terminal.until(/50% █/);
    go();
    await terminal.ended();
    const last = (await terminal.screen()).at(-1) ?? "";
    assertMatch(last, /^film\.mkv 100% █+ {2}1\.0\/1\.0 kB {2}\d.*B\/s {2}\d:\d\d:\d\d$/);
    assertEquals(readFileSync(join(terminal.folder, "film.mkv"), "utf8").length, 1000);
  });

  onTerminal("leaves nothing under the file's name, nor beside it, after Ctrl-C", async () => {
    const { server } = await slowServer();
    await using _server = server;
    const commands = `${
      httpx(`${server.url}/a`, "--download", "film.mkv")
    }; echo "ended: $?"; ls -A`;
    await using terminal = await openTerminal(commands);
    await terminal.until(/50% █/);
    await terminal.type("C-c");
    await terminal.ended();
    const screen = await terminal.screen();
    assertEquals(screen.at(-1), "ended: 130", screen.join("\n"));
  });
});

describe("httpx --auth user - on a terminal", () => {
  /** Asks for a password; then what the settings of the terminal are. */
  async function asked(use: (terminal: Terminal) => Promise<void>) {
    await using server = await serveFixed({
      "/": response("200 OK", "Content-Type: text/plain", "in\n"),
    });
    const command = httpx(server.url, "--auth", "ada", "-");
    const commands = `${command} > answer; echo "ended: $?"; ${STTY}; cat answer`;
    await using terminal = await openTerminal(`${STTY}; ${commands}`);
    await terminal.until(/^Password for ada:/);
    await use(terminal);
    await terminal.ended();
    const authorization = /^authorization: (.*)\r$/im.exec(server.heads[0] ?? "")?.[1] ?? null;
    return { screen: await terminal.screen(), authorization };
  }

  onTerminal("asks, shows nothing of the password, and gives the terminal back", async () => {
    const { screen, authorization } = await asked(async (terminal) => {
      await terminal.type("-l", "wrong");
      await terminal.type("C-u", "s", "é", "x", "BSpace", "Left");
      await terminal.type("-l", "cret");
      await terminal.type("Enter");
    });
    assertEquals(screen, [NORMAL, "Password for ada:", "ended: 0", NORMAL, "in"]);
    const credentials = new TextEncoder().encode("ada:sécret");
    assertEquals(authorization, `Basic ${btoa(String.fromCharCode(...credentials))}`);
  });

  onTerminal("gives the terminal back after Ctrl-C, and after a kill", async () => {
    const stopped = await asked((terminal) => terminal.type("s", "C-c"));
    assertEquals(stopped.screen, [NORMAL, "Password for ada:", "ended: 130", NORMAL]);
    assertEquals(stopped.authorization, null);
    const killed = await asked(async (terminal) => {
      const shell = Number(await terminal.ask("#{pane_pid}"));
      killChildren(shell);
      await Promise.resolve();
    });
    assertEquals(killed.screen, [NORMAL, "Password for ada:", "ended: 143", NORMAL]);
  });
});

/** Sends SIGTERM to what a shell is waiting for. */
function killChildren(shell: number): void {
  const children = readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8");
  for (const child of children.trim().split(" ")) process.kill(Number(child), "SIGTERM");
}
