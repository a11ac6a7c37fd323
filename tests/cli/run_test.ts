import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/cli/run.ts";
import { type LocalServer, type Received, startLocalServer } from "../support/local_server.ts";
import { listen } from "../support/loopback.ts";
import { fakeProgram, onTerminal, runHttpx as httpx } from "./fake_program.ts";

/** Answers by path; tells nothing that changes from run to run. */
function answer({ target, method }: Received, response: ServerResponse): void {
  response.sendDate = false;
  response.shouldKeepAlive = false;
  const { pathname } = new URL(target, "http://localhost");
  const [, status = "", location = ""] = /^\/(\d{3})(\/.*)?$/.exec(pathname) ?? [];
  if (status !== "") response.statusCode = Number(status);
  if (location !== "") response.setHeader("Location", location);
  if (pathname === "/json") {
    response.setHeader("Content-Type", "application/json");
    response.end('{"a":[1,2]}');
  } else if (pathname === "/broken") {
    response.setHeader("Content-Type", "text/plain");
    response.setHeader("Content-Length", "100");
    response.write("half", () => response.socket?.destroy());
  } else {
    response.end(method === "HEAD" ? "" : `${method} ${target}`);
  }
}

/** What a request to a server brought. */
async function received(...args: string[]): Promise<Received> {
  await using server = await startLocalServer(answer);
  const outcome = await httpx([`${server.url}/a?b=1`, ...args]);
  assertEquals([outcome.code, outcome.stderr], [0, ""]);
  const [request] = server.received;
  if (request === undefined) throw new Error("Nothing was received");
  return request;
}

async function withServer(use: (server: LocalServer) => Promise<void>): Promise<void> {
  await using server = await startLocalServer(answer);
  await use(server);
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-run-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("httpx sends", () => {
  it("a GET, and a POST where there is a body", async () => {
    assertEquals((await received()).method, "GET");
    assertEquals((await received("-c", "x")).method, "POST");
    assertEquals((await received("-m", "delete", "-c", "x")).method, "DELETE");
  });

  it("parameters, headers and cookies, each as often as it is given", async () => {
    const { target, headers, rawHeaders } = await received(
      ...["-p", "c", "1", "-p", "c", "ä b", "-h", "X-A", "1", "-h", "X-A", "2"],
      ...["-h", "user-agent", "me", "--cookies", "k", "v", "--cookies", "l", "w"],
    );
    assertEquals(target, "/a?b=1&c=1&c=%C3%A4%20b");
    assertEquals(headers["user-agent"], "me");
    assertEquals(headers["x-a"], "1, 2");
    assertEquals(headers.cookie, "k=v; l=w");
    assertEquals(rawHeaders.includes("X-A"), true);
  });

  it("content, JSON and forms", async () => {
    assertEquals((await received("-c", "a=ü")).body, "a=ü");
    const json = await received("-j", '{ "a" : 12345678901234567890 }');
    assertEquals([json.body, json.headers["content-type"]], [
      '{"a":12345678901234567890}',
      "application/json",
    ]);
    const form = await received("-d", "a", "1", "-d", "a", "2 3");
    assertEquals([form.body, form.headers["content-type"]], [
      "a=1&a=2+3",
      "application/x-www-form-urlencoded",
    ]);
  });

  it("files with their names and types, beside fields", () =>
    inFolder(async (folder) => {
      const path = join(folder, "note.txt");
      writeFileSync(path, "hello");
      const { body, headers } = await received(
        "-f",
        "file",
        path,
        "-f",
        "file",
        path,
        "-d",
        "a",
        "1",
      );
      assertMatch(headers["content-type"] ?? "", /^multipart\/form-data; boundary=/);
      assertMatch(body, /name="a"\r\n\r\n1\r\n/);
      const part = 'name="file"; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n';
      assertEquals(body.split(part).length, 3);
    }));

  it("credentials, their password typed in or given", async () => {
    const basic = `Basic ${btoa("ada:secret")}`;
    assertEquals((await received("--auth", "ada", "secret")).headers.authorization, basic);
    await withServer(async (server) => {
      const ask = ["--auth", "ada", "-", server.url];
      const typed = await httpx(ask, { ...onTerminal, typed: ["secret\r"] });
      assertEquals([typed.code, typed.stderr], [0, "Password for ada: \n"]);
      const piped = await httpx(ask, { typed: ["secret\n"] });
      assertEquals([piped.code, piped.stderr], [0, ""]);
      assertEquals(server.received.map(({ headers }) => headers.authorization), [basic, basic]);
      const stopped = await httpx(ask, { ...onTerminal, typed: ["sec\x03"] });
      assertEquals([stopped.code, stopped.stdout], [130, ""]);
      const ended = await httpx(ask);
      assertEquals([ended.code, ended.stderr], [
        2,
        "httpx: Cannot use --auth: the input ended before a password came\n",
      ]);
      assertEquals(server.received.length, 2);
    });
  });
});

describe("httpx shows", () => {
  it("the status line, the headers and the body on a terminal", () =>
    withServer(async (server) => {
      const { code, stdout, stderr } = await httpx([`${server.url}/json`], onTerminal);
      assertEquals([code, stderr], [0, ""]);
      const lines = stdout.split("\n");
      assertEquals(lines.slice(0, 2), ["HTTP/1.1 200 OK", "Content-Type: application/json"]);
      assertEquals(lines.slice(lines.indexOf("")), [
        ...["", "{", '  "a": [', "    1,", "    2", "  ]", "}", ""],
      ]);
    }));

  it("the body alone in a pipe", () =>
    withServer(async (server) => {
      assertEquals(await httpx([`${server.url}/json`]), {
        code: 0,
        stdout: '{"a":[1,2]}',
        stderr: "",
      });
    }));

  it("every answer on the way to the last, when it follows redirects", () =>
    withServer(async (server) => {
      const args = [`${server.url}/302/json`, "--follow-redirects"];
      const { stdout } = await httpx(args, onTerminal);
      assertEquals(stdout.match(/^HTTP.*/gm), ["HTTP/1.1 302 Found", "HTTP/1.1 200 OK"]);
      assertEquals((await httpx(args)).stdout, '{"a":[1,2]}');
    }));

  it("the request too with -v: beside the body in a pipe, before the answer on a terminal", () =>
    withServer(async (server) => {
      const piped = await httpx([`${server.url}/json`, "-v", "--auth", "a", "b"]);
      assertEquals(piped.stdout, '{"a":[1,2]}');
      const told = piped.stderr.split("\n").filter((line) => !line.startsWith("* "));
      assertEquals(told.slice(0, 2), ["GET /json HTTP/1.1", `Host: ${server.url.slice(7)}`]);
      assertEquals(told.includes(`Authorization: Basic ${btoa("a:b")}`), true);
      assertMatch(piped.stderr, /\n\nHTTP\/1\.1 200 OK\nContent-Type: application\/json\n/);
      const { stdout } = await httpx([`${server.url}/json`, "-v"], onTerminal);
      assertMatch(
        stdout,
        /^\* Connected to 127\.0\.0\.1 port \d+, from 127\.0\.0\.1 port \d+\nGET \/json HTTP\/1\.1\n[^]*\n\nHTTP\/1\.1 200 OK\n[^]*\n\n\{\n/m,
      );
    }));

  it("how far it came with -v, when there is no answer", async () => {
    const refused = await httpx(["http://127.0.0.1:1/", "-v"]);
    assertEquals([refused.code, refused.stderr], [
      1,
      "* Connecting to 127.0.0.1 port 1\n" +
      "httpx: ConnectError: Cannot connect to 127.0.0.1:1: connection refused\n",
    ]);
    await using server = await listen(async (peer) => {
      await peer.readSome();
      peer.close();
    });
    const { code, stderr } = await httpx([`http://127.0.0.1:${server.port}/`, "-v"]);
    assertEquals(code, 1);
    const lines = stderr.trimEnd().split("\n");
    assertEquals(lines.slice(0, 4).map((line) => line.replace(/, from .*/, "")), [
      `* Connecting to 127.0.0.1 port ${server.port}`,
      `* Connected to 127.0.0.1 port ${server.port}`,
      "GET / HTTP/1.1",
      `Host: 127.0.0.1:${server.port}`,
    ]);
    assertMatch(lines.at(-1) ?? "", /^httpx: /);
  });

  it("the help", async () => {
    const { code, stdout, stderr } = await httpx(["--help"]);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^Usage: httpx <URL> \[OPTIONS\]$/m);
  });
});

describe("httpx ends", () => {
  it("with 0 for 2xx and 1 for any other answer, which stderr names", () =>
    withServer(async (server) => {
      const ended = async (path: string) => {
        const { code, stderr } = await httpx([`${server.url}${path}`]);
        return [code, stderr.replaceAll(server.url, "")];
      };
      assertEquals(await ended("/200"), [0, ""]);
      assertEquals(await ended("/204"), [0, ""]);
      assertEquals(await ended("/304"), [1, "httpx: 304 Not Modified from GET /304\n"]);
      assertEquals(await ended("/404"), [1, "httpx: 404 Not Found from GET /404\n"]);
      assertEquals(await ended("/500"), [1, "httpx: 500 Internal Server Error from GET /500\n"]);
      assertEquals(await ended("/302/json"), [
        1,
        "httpx: 302 Found from GET /302/json; --follow-redirects goes on to /json\n",
      ]);
      const onScreen = await httpx([`${server.url}/404`], onTerminal);
      assertEquals([onScreen.code, onScreen.stderr], [1, ""]);
    }));

  it("with 1 for failures, in one line", async () => {
    assertEquals(await httpx(["http://127.0.0.1:1/"]), {
      code: 1,
      stdout: "",
      stderr: "httpx: ConnectError: Cannot connect to 127.0.0.1:1: connection refused\n",
    });
    await withServer(async (server) => {
      const { code, stdout, stderr } = await httpx([`${server.url}/broken`]);
      assertEquals([code, stdout], [1, "half"]);
      const onScreen = await httpx([`${server.url}/broken`], onTerminal);
      assertEquals([onScreen.code, onScreen.stdout.slice(-7)], [1, "\n\nhalf\n"]);
      assertMatch(stderr, /^httpx: [^\n]+\n$/);
      const loop = await httpx([
        `${server.url}/302/302`,
        "--follow-redirects",
        "--max-redirects",
        "0",
      ]);
      assertEquals(loop.code, 1);
      assertMatch(loop.stderr, /^httpx: [^\n]*; --max-redirects allows more\n$/);
    });
  });

  it("with 1 when it takes too long", async () => {
    await using silent = await listen(async (peer) => {
      await peer.readToEnd();
      peer.close();
    });
    const { code, stderr } = await httpx([`http://127.0.0.1:${silent.port}/`, "--timeout", "0.05"]);
    assertEquals(code, 1);
    assertMatch(stderr, /^httpx: [^\n]*50 ms[^\n]*\n$/);
  });

  it("with 2 for usage, in one line, and nothing sent", () =>
    withServer(async (server) => {
      const cookies = ["--cookies", "a", "b", "-h", "Cookie", "c=d"];
      const commands = [
        ...[[], ["--jsn"], [server.url, "-j", "{"], [server.url, "-f", "a", "/none"]],
        ...[[server.url, ...cookies], [`${server.url}:1`]],
      ];
      for (const args of commands) {
        const { code, stdout, stderr } = await httpx(args);
        assertEquals([code, stdout], [2, ""]);
        assertMatch(stderr, /^httpx: [^\n]+\n$/);
      }
      assertEquals(server.accepted, 0);
    }));

  it("quietly when nobody reads any more", () =>
    withServer(async (server) => {
      const broken = { hasBrokenPipe: true };
      assertEquals(await httpx([`${server.url}/json`], broken), {
        code: 0,
        stdout: "",
        stderr: "",
      });
      assertEquals((await httpx([`${server.url}/json`], { ...broken, isTerminal: true })).code, 0);
      assertEquals((await httpx(["--help"], broken)).stderr, "");
    }));

  it("with nothing in its line that could drive a terminal", async () => {
    const { stderr } = await httpx(["http://127.0.0.1:1/", "-m", "a\x1b[2Jb\n"]);
    assertEquals(
      stderr,
      'httpx: Cannot use --method: "a\\u001b[2Jb\\n" is no method; give a word such as GET\n',
    );
  });
});

describe("httpx --download", () => {
  it("saves the body and says so", () =>
    withServer((server) =>
      inFolder(async (folder) => {
        const path = join(folder, "a.json");
        const { code, stdout, stderr } = await httpx([`${server.url}/json`, "--download", path]);
        assertEquals([code, stdout], [0, ""]);
        assertMatch(stderr, /^Saved a\.json: 11 B in \d+\.\d s \([\d.]+ k?B\/s\)\n$/);
        assertEquals(readFileSync(path, "utf8"), '{"a":[1,2]}');
      })
    ));

  it("shows the head and a bar on a terminal", () =>
    withServer((server) =>
      inFolder(async (folder) => {
        const args = [`${server.url}/json`, "--download", join(folder, "a.json")];
        const { stdout, stderr } = await httpx(args, onTerminal);
        assertMatch(stdout, /^HTTP\/1\.1 200 OK\n[^{]*\n\n$/);
        assertMatch(stderr.split("\r\x1b[K").at(-1) ?? "", /^a\.json 100% \[#+\] +11\/11 B .*\n$/);
      })
    ));

  it("leaves the file that was there when the body breaks off, or there is none", () =>
    withServer((server) =>
      inFolder(async (folder) => {
        const path = join(folder, "a");
        writeFileSync(path, "whole");
        const broken = await httpx([`${server.url}/broken`, "--download", path]);
        assertEquals(broken.code, 1);
        assertMatch(broken.stderr, /^httpx: [^\n]+\n$/);
        const missing = await httpx([`${server.url}/404`, "--download", path]);
        assertEquals([missing.code, missing.stdout], [1, ""]);
        assertMatch(
          missing.stderr,
          /^httpx: 404 Not Found from [^\n]*; "[^\n"]*" was not saved\n$/,
        );
        assertEquals(readdirSync(folder), ["a"]);
        assertEquals(readFileSync(path, "utf8"), "whole");
        await httpx([`${server.url}/json`, "--download", path]);
        assertEquals(readFileSync(path, "utf8"), '{"a":[1,2]}');
      })
    ));

  it("leaves nothing when it is stopped", () =>
    inFolder(async (folder) => {
      let began = () => {};
      const hasBegun = new Promise<void>((resolve) => began = resolve);
      await using server = await startLocalServer((_, response) => {
        response.setHeader("Content-Length", "100");
        response.write("half", () => began());
      });
      const path = join(folder, "a");
      const { program, stderr, stop, listeners } = fakeProgram();
      const running = run([server.url, "--download", path], program);
      await hasBegun;
      stop(130);
      assertEquals([await running, stderr.text, listeners.size], [130, "", 0]);
      assertEquals(existsSync(path), false);
      assertEquals(readdirSync(folder), []);
    }));

  (existsSync("/dev/full") ? it : it.skip)(
    "says that the disk is full",
    () =>
      withServer(async (server) => {
        const { code, stderr } = await httpx([`${server.url}/json`, "--download", "/dev/full"]);
        assertEquals([code, stderr], [1, 'httpx: Cannot save "/dev/full": the disk is full\n']);
      }),
  );
});

describe("httpx --curl", () => {
  it("prints a command and sends nothing, with credentials only if that is asked for", () =>
    withServer(async ({ url, received }) => {
      const words = [url, "-j", '{"a": 1, "token": "s3cret"}', "--auth", "ada", "s3cret"];
      const { code, stdout, stderr } = await httpx([...words, "--curl"]);
      assertEquals([code, stderr, received.length], [0, "", 0]);
      assertMatch(
        stdout,
        /^curl .*--http1\.1 -X POST .*--data-raw '\{"a":1,"token":"\[secure\]"\}'/,
      );
      assertEquals(stdout.includes("s3cret"), false);
      const shown = await httpx([...words, "--curl", "--show-secrets"]);
      assertMatch(shown.stdout, /Authorization: Basic YWRhOnMzY3JldA==/);
    }));
});

describe("httpx --timings", () => {
  it("notes in one line how long each part took", () =>
    withServer(async ({ url }) => {
      const { code, stderr } = await httpx([url, "--timings"]);
      assertEquals(code, 0);
      assertMatch(
        stderr,
        /^httpx: queued [\d.]+ ms, connect [\d.]+ ms, sending [\d.]+ ms, waiting [\d.]+ ms, downloading [\d.]+ ms, reused: no\n$/,
      );
    }));
});
