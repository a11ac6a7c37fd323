/** `logger`: httpx's and httpcore's lines, against the page of httpx's documentation, and with loggers people use. */
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { createRequire } from "node:module";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  ConnectError,
  HTTPTransport,
  type Logger,
  MockTransport,
  Response,
} from "@httpx/httpx";
import { authorities, servers } from "../support/certificates.ts";
import { startLocalServer } from "../support/local_server.ts";
import { listen } from "../support/loopback.ts";
import { npmPackageIfAvailable } from "../support/npm.ts";

/** The page "Logging" of httpx 0.25.1, but for its first two lines: they are about Python's ssl module. */
const PAGE = `\
DEBUG [2023-03-16 14:36:20] httpcore - connection.connect_tcp.started host='www.example.com' port=443 local_address=None timeout=5.0
DEBUG [2023-03-16 14:36:20] httpcore - connection.connect_tcp.complete return_value=<httpcore.backends.sync.SyncStream object at 0x1068fd270>
DEBUG [2023-03-16 14:36:20] httpcore - connection.start_tls.started ssl_context=<ssl.SSLContext object at 0x10689aa40> server_hostname='www.example.com'
DEBUG [2023-03-16 14:36:20] httpcore - connection.start_tls.complete return_value=<httpcore.backends.sync.SyncStream object at 0x1068fd240>
DEBUG [2023-03-16 14:36:20] httpcore - http11.send_request_headers.started request=<Request [b'GET']>
DEBUG [2023-03-16 14:36:20] httpcore - http11.send_request_headers.complete
DEBUG [2023-03-16 14:36:20] httpcore - http11.send_request_body.started request=<Request [b'GET']>
DEBUG [2023-03-16 14:36:20] httpcore - http11.send_request_body.complete
DEBUG [2023-03-16 14:36:20] httpcore - http11.receive_response_headers.started request=<Request [b'GET']>
DEBUG [2023-03-16 14:36:21] httpcore - http11.receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'Content-Encoding', b'gzip'), (b'Accept-
INFO [2023-03-16 14:36:21] httpx - HTTP Request: GET https://www.example.com "HTTP/1.1 200 OK"
DEBUG [2023-03-16 14:36:21] httpcore - http11.receive_response_body.started request=<Request [b'GET']>
DEBUG [2023-03-16 14:36:21] httpcore - http11.receive_response_body.complete
DEBUG [2023-03-16 14:36:21] httpcore - http11.response_closed.started
DEBUG [2023-03-16 14:36:21] httpcore - http11.response_closed.complete
DEBUG [2023-03-16 14:36:21] httpcore - connection.close.started
DEBUG [2023-03-16 14:36:21] httpcore - connection.close.complete`;

/** A line of the page as it is here: of JavaScript's values, of this server, with what httpcore has added since. */
function translated(line: string, port: number): string {
  return line
    .replace(/^(\w+) \[[^\]]*\] (\w+) - /, "$1 $2 ")
    .replace(/<httpcore\S+ object at \w+>/, `<NetworkStream 127.0.0.1:${port}>`)
    .replace(/ssl_context=<[^>]*>/, "ssl_context={verify: true, alpn_protocols: ['http/1.1']}")
    .replace(/(server_hostname=\S+)/, "$1 timeout=5000")
    .replace("timeout=5.0", "timeout=5000")
    .replace("None", "null")
    .replaceAll("b'", "'")
    .replaceAll("(", "[").replaceAll(")", "]")
    .replace("https://www.example.com", `https://localhost:${port}/`)
    .replace("www.example.com", "localhost")
    .replace("port=443", `port=${port}`);
}

/** Keeps lines by level. */
class Kept implements Logger {
  readonly lines: string[] = [];
  debug(message: string): void {
    this.lines.push(`DEBUG httpcore ${message}`);
  }
  info(message: string): void {
    this.lines.push(`INFO httpx ${message}`);
  }
}

describe("A client's logger", () => {
  it("is given the lines of httpx's documentation, one for one", async () => {
    const body = gzipSync("hello");
    await using server = await listen(async (peer) => {
      await peer.readSome();
      const head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nAccept-Ranges: bytes\r\n" +
        `Content-Length: ${body.length}\r\n\r\n`;
      await peer.send(head);
      await peer.send(body);
    }, { tls: servers.good });
    const logger = new Kept();
    {
      await using client = new Client({ logger, verify: authorities.ca });
      await client.get(`https://localhost:${server.port}`);
    }
    const page = PAGE.split("\n").map((line) => translated(line, server.port));
    const lines = logger.lines.map((line, i) =>
      line.includes("Accept-") ? line.slice(0, page[i]?.length) : line
    );
    assertEquals(lines.join("\n"), page.join("\n"));
  });

  it("shows no secret of requests, responses and URLs", async () => {
    const secrets = ["s3cret-a", "s3cret-b", "s3cret-c", "s3cret-d", "s3cret-e", "s3cret-f"];
    const [basic = "", proxy = "", cookie = "", set = "", password = "", token = ""] = secrets;
    await using server = await startLocalServer((_, response) => {
      response.setHeader("set-cookie", `sid=${set}`);
      response.setHeader("location", `http://u:${password}@127.0.0.1/?token=${token}`);
      response.setHeader("x-note", 'it\'s "here"');
      response.end("hello");
    });
    const logger = new Kept();
    await using client = new Client({ logger });
    const headers = { authorization: `Bearer ${basic}`, "proxy-authorization": proxy, cookie };
    const url = server.url.replace("//", `//user:${password}@`);
    await client.get(`${url}/?token=${token}&page=2`, { headers });
    const text = logger.lines.join("\n");
    assertEquals(secrets.filter((secret) => text.includes(secret)), []);
    const { port } = new URL(server.url);
    assert(
      text.includes(
        `GET http://user:[secure]@127.0.0.1:${port}/?token=[secure]&page=2 "HTTP/1.1 200 OK"`,
      ),
      text,
    );
    assert(text.includes("['set-cookie', '[secure]']"), text);
    assert(
      text.includes("['location', 'http://u:[secure]@127.0.0.1/?token=[secure]']"),
      text,
    );
    assert(text.includes(String.raw`['x-note', 'it\'s "here"']`), text);
  });

  it("shows nothing that a terminal would obey, and keeps to one line", async () => {
    await using server = await listen(async (peer) => {
      await peer.readSome();
      const head = "HTTP/1.1 200 \x1b[31mO\x9bK\r\nX-A: \x1b\\[2J'\r\nContent-Length: 0\r\n\r\n";
      await peer.send(Uint8Array.from(head, (c) => c.charCodeAt(0)));
    });
    const logger = new Kept();
    await using client = new Client({ logger });
    await client.get(`http://127.0.0.1:${server.port}/`);
    const line = logger.lines.find((line) => line.startsWith("INFO"));
    assertEquals(line?.replace(/.*\/ /, ""), String.raw`"HTTP/1.1 200 \u001b[31mO\u009bK"`);
    const head = logger.lines.find((line) => line.includes("X-A"));
    assert(head?.includes(String.raw`['X-A', '\u001b\\[2J\'']`), head);
    assertEquals(logger.lines.filter((line) => /[^ -~]/.test(line)), []);
  });

  it("is told of failures, of every request along a redirect, and of any transport", async () => {
    const closed = await listen(() => {});
    await closed[Symbol.asyncDispose]();
    const refused = new Kept();
    await using failing = new Client({ logger: refused });
    const url = `http://127.0.0.1:${closed.port}/`;
    await assertRejects(() => failing.get(url), ConnectError);
    assertEquals(
      refused.lines.at(-1),
      "DEBUG httpcore connection.connect_tcp.failed exception=ConnectError(" +
        `'Cannot connect to 127.0.0.1:${closed.port}: connection refused')`,
    );

    const logger = new Kept();
    const transport = new MockTransport((request) =>
      request.url.endsWith("/a")
        ? new Response(301, { headers: { location: "/b" } })
        : new Response(404, { extensions: { http_version: "HTTP/2" } })
    );
    await using client = new Client({ logger, transport, followRedirects: true });
    await client.get("https://example.org/a");
    assertEquals(logger.lines, [
      'INFO httpx HTTP Request: GET https://example.org/a "HTTP/1.1 301 Moved Permanently"',
      'INFO httpx HTTP Request: GET https://example.org/b "HTTP/2 404 Not Found"',
    ]);
  });

  it("gets a warning that names an unknown charset, or a line of info without warn()", async () => {
    const url = "https://example.org/?token=s3cret";
    for (const hasWarn of [true, false]) {
      const lines: string[] = [];
      const add = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
      const logger = {
        debug: add("debug"),
        info: add("info"),
        ...(hasWarn && { warn: add("warn") }),
      };
      const transport = new MockTransport(({ url }) => {
        const charset = url.includes("known") ? "utf-8" : "klingon\x1b[1m";
        return new Response(200, { headers: [["content-type", `text/plain; charset=${charset}`]] });
      });
      await using client = new Client({ logger, transport });
      await client.get("https://example.org/known");
      assertEquals(lines.length, 1);
      await client.get(url);
      const warning = lines.at(-1) ?? "";
      assertEquals(lines.length, 3);
      assert(warning.startsWith(`${hasWarn ? "warn" : "info"} Unknown charset "klingon`), warning);
      assert(!warning.includes("s3cret") && !warning.includes("\x1b"), warning);
    }
  });

  it("is one of a transport, too", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    const [ours, theirs] = [new Kept(), new Kept()];
    const transport = new HTTPTransport({ logger: theirs });
    await using client = new Client({ logger: ours, transport });
    await client.get(server.url);
    assertEquals(ours.lines.length, 1);
    assertEquals(theirs.lines.length, 12);
  });

  it("that throws, or wants no lines, disturbs nothing", async () => {
    await using server = await startLocalServer((_, response) => response.end("hello"));
    const throwing = () => {
      throw new Error("no disk");
    };
    const asked: string[] = [];
    const quiet = {
      info: throwing,
      debug: throwing,
      isLevelEnabled: (level: string) => {
        asked.push(level);
        return false;
      },
    };
    for (const logger of [{ info: throwing, debug: throwing, isEnabledFor: throwing }, quiet]) {
      await using client = new Client({ logger });
      assertEquals(await (await client.get(server.url)).text(), "hello");
    }
    assertEquals([...new Set(asked)].sort(), ["debug", "info"]);
  });

  it("is refused where it is none", () => {
    for (const logger of [{}, { info: () => {} }, "console", () => {}]) {
      const message = 'Cannot use option "logger": give an object with the methods debug and info';
      const options = { logger: logger as unknown as Logger };
      assertThrows(() => new Client(options), TypeError, message);
      const transport = new MockTransport(() => new Response(200));
      assertThrows(() => new Client({ ...options, transport }), TypeError, message);
    }
    assertEquals(new Client({ logger: null }).isClosed, false);
  });

  it("may be the console", async () => {
    const { info, debug } = console;
    const lines: string[] = [];
    console.info = console.debug = (line: string) => lines.push(line);
    try {
      const transport = new MockTransport(() => new Response(200));
      await using client = new Client({ logger: console, transport });
      await client.get("http://example.org/100%25");
    } finally {
      Object.assign(console, { info, debug });
    }
    assertEquals(lines, ['HTTP Request: GET http://example.org/100%25 "HTTP/1.1 200 OK"']);
  });
});

/** A package, as Node resolves it. */
function load(folder: string | null): unknown {
  return createRequire(join(folder ?? "", "package.json"))(folder ?? "");
}

interface Pino {
  (options: object, destination: { write(line: string): void }): Logger;
}

const pinoFolder = await npmPackageIfAvailable("pino@10.4.0");

describe("pino", () => {
  (pinoFolder === null ? it.skip : it)("takes the lines at their levels", async () => {
    const { pino } = load(pinoFolder) as { pino: Pino };
    await using server = await startLocalServer((_, response) => response.end("hello"));
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    for (const [level, count] of [["debug", 15], ["info", 1], ["silent", 0]] as const) {
      {
        await using client = new Client({ logger: pino({ level }, { write }) });
        await client.get(`${server.url}/%s{a}`);
      }
      assertEquals(lines.length, count, level);
      if (count > 0) {
        const line = lines.map((line) => JSON.parse(line)).find(({ level }) => level === 30);
        assertEquals(line.msg, `HTTP Request: GET ${server.url}/%s%7Ba%7D "HTTP/1.1 200 OK"`);
      }
      lines.length = 0;
    }
  });
});

const logtapeFolder = await npmPackageIfAvailable("@logtape/logtape@2.4.2");

describe("LogTape", () => {
  (logtapeFolder === null ? it.skip : it)("takes the lines as they are, braces too", async () => {
    const { configure, getLogger, reset } = load(logtapeFolder) as {
      configure: (config: object) => Promise<void>;
      getLogger: (category: string) => Logger;
      reset: () => Promise<void>;
    };
    const lines: string[] = [];
    const sink = ({ level, message }: { level: string; message: string[] }) =>
      lines.push(`${level} ${message.join("")}`);
    for (const [lowestLevel, count] of [["debug", 15], ["info", 1]] as const) {
      await configure({
        sinks: { sink },
        loggers: [
          { category: "httpx", sinks: ["sink"], lowestLevel },
          { category: ["logtape", "meta"], sinks: [] },
        ],
      });
      await using server = await startLocalServer((_, response) => {
        response.setHeader("nel", '{"max_age":0}');
        response.end("hello");
      });
      {
        await using client = new Client({ logger: getLogger("httpx") });
        await client.get(`${server.url}/?a={b}`);
      }
      assertEquals(lines.length, count);
      assert(lines.includes(`info HTTP Request: GET ${server.url}/?a={b} "HTTP/1.1 200 OK"`));
      const head = lines.find((line) => line.includes("'nel'"));
      assertEquals(head?.includes(`['nel', '{"max_age":0}']`), count > 1 ? true : undefined);
      lines.length = 0;
      await reset();
    }
  });
});
