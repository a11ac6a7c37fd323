/** The transport's own options, over HTTP/1.1 and HTTP/2, through a client. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect, createServer as createTCPServer } from "node:net";
import {
  Client,
  CloseError,
  ConnectError,
  ConnectTimeout,
  HTTPTransport,
  ReadTimeout,
  RemoteProtocolError,
  Request,
  Timeout,
  TransportError,
} from "@httpx/httpx";
import { listenSilently } from "../support/connections/silent_listener.ts";
import { restingTimerOf, TELLS_TCP_TIMERS } from "../support/connections/tcp_timer.ts";
import { listen } from "../support/loopback.ts";
import { startHttpProxy } from "../support/proxies/http_proxy.ts";
import { type Answering, ANSWERING_ROUTES, cleartext, serve } from "./answering_routes.ts";
import { freePort } from "../support/connections/free_port.ts";

for (const route of ANSWERING_ROUTES) {
  const { name, scheme, options, version, start } = route;

  describe(`HTTPTransport over ${name}`, () => {
    it("asks its resolve option for the addresses of names, once per connection", async () => {
      await using server = await start();
      const hosts: string[] = [];
      const resolve = (host: string) => {
        hosts.push(host);
        return ["127.0.0.2", "127.0.0.1"];
      };
      await using client = new Client({ ...options, resolve });
      const baseURL = `${scheme}://localhost:${server.port}`;
      for (const path of ["/a", "/b"]) {
        const response = await client.get(baseURL + path);
        assertEquals([response.httpVersion, await response.text()], [version, path]);
      }
      assertEquals([hosts, server.accepted], [["localhost"], 1]);
    });

    it("sends Host and cookies of the name that resolve answers for, not of the address", async () => {
      await using server = await start();
      await using client = new Client({ ...options, resolve: { localhost: "127.0.0.1" } });
      client.cookies.set("of", "name", { domain: "localhost" });
      client.cookies.set("of", "address", { domain: "127.0.0.1" });
      const origin = `localhost:${server.port}`;
      const response = await client.get(`${scheme}://${origin}/`);
      assertEquals([response.headers.get("x-host"), response.headers.get("x-cookie")], [
        origin,
        "of=name",
      ]);
    });

    it("connects from localAddress", async () => {
      await using server = await start();
      await using client = new Client({ ...options, localAddress: "127.0.0.1" });
      const response = await client.get(`${scheme}://localhost:${server.port}/x`);
      assertEquals([response.httpVersion, await response.text()], [version, "/x"]);
    });

    (TELLS_TCP_TIMERS ? it : it.skip)(
      "has the system probe a silent peer where keepAlive says so",
      async () => {
        await using server = await start();
        const timers: number[] = [];
        for (const keepAlive of [undefined, false, true]) {
          await using client = new Client({ ...options, socketOptions: { keepAlive } });
          const { extensions } = await client.get(`${scheme}://localhost:${server.port}/x`);
          const { port = 0 } = extensions.network_stream?.getExtraInfo("client_addr") ?? {};
          timers.push(await restingTimerOf(port, server.port));
        }
        assertEquals(timers, [0, 0, 2]);
      },
    );

    for (const retries of [0, 1, 3]) {
      it(`connects ${retries + 1} times to a port that refuses, with ${retries} retries`, async () => {
        const port = await freePort();
        let attempts = 0;
        const resolve = () => {
          attempts++;
          return "127.0.0.1";
        };
        await using client = new Client({ ...options, retries, resolve });
        const began = performance.now();
        const error = await assertRejects(
          () => client.get(`${scheme}://localhost:${port}/`),
          ConnectError,
        );
        const ms = performance.now() - began;
        assertEquals(attempts, retries + 1);
        assertEquals(
          error.message,
          `Cannot connect to localhost:${port}: connection refused (127.0.0.1)` +
            (retries === 0 ? "" : `, ${attempts} attempts`),
        );
        assert(ms >= (retries === 3 ? 1500 : 0), `${ms} ms`);
        assertEquals(error.request?.method, "GET");
      });
    }

    it("finds a server that comes up meanwhile", async () => {
      const port = await freePort();
      let server: Answering | null = null;
      let attempts = 0;
      const resolve = async () => {
        if (++attempts === 3) server = await start(port);
        return "127.0.0.1";
      };
      await using client = new Client({ ...options, retries: 3, resolve });
      const calls = ["/a", "/b", "/c"].map(async (path) => {
        const response = await client.get(`${scheme}://localhost:${port}${path}`);
        return await response.text();
      });
      assertEquals(await Promise.all(calls), ["/a", "/b", "/c"]);
      await (server as Answering | null)?.[Symbol.asyncDispose]();
    });

    it("tells of each attempt and each pause", async () => {
      const port = await freePort();
      const events: string[] = [];
      const extensions = { trace: (event: string) => void events.push(event) };
      await using client = new Client({ ...options, retries: 1 });
      const call = client.get(`${scheme}://127.0.0.1:${port}/`, { extensions });
      await assertRejects(() => call, ConnectError);
      const attempt = ["connection.connect_tcp.started", "connection.connect_tcp.failed"];
      const pause = ["connection.retry.started", "connection.retry.complete"];
      assertEquals(events, [...attempt, ...pause, ...attempt]);
    });

    it("ends a retry's pause where the call is aborted", async () => {
      const port = await freePort();
      const controller = new AbortController();
      let attempts = 0;
      const resolve = () => {
        if (++attempts === 2) setTimeout(() => controller.abort(new RangeError("enough")), 50);
        return "127.0.0.1";
      };
      await using client = new Client({ ...options, retries: 9, resolve });
      const call = client.get(`${scheme}://localhost:${port}/`, { signal: controller.signal });
      await assertRejects(() => call, RangeError, "enough");
      assertEquals(attempts, 2);
    });

    it("lets others go on where one call is given up that they waited with", async () => {
      await using server = await start();
      const controller = new AbortController();
      let attempts = 0;
      const resolve = () => {
        attempts++;
        return controller.signal.aborted ? "127.0.0.1" : "127.0.0.2";
      };
      await using client = new Client({ ...options, retries: 9, resolve });
      const url = `${scheme}://localhost:${server.port}`;
      const { signal } = controller;
      const leader = assertRejects(() => client.get(url, { signal }), RangeError, "enough");
      const others = ["/a", "/b"].map(async (path) => await (await client.get(url + path)).text());
      while (attempts < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort(new RangeError("enough"));
      await leader;
      assertEquals(await Promise.all(others), ["/a", "/b"]);
    });

    it("bounds a slow resolve option by the connect timeout, once per attempt", async () => {
      let attempts = 0;
      const resolve = () => {
        attempts++;
        return new Promise<string>(() => {});
      };
      const timeout = new Timeout(5000, { connect: 60 });
      for (const given of [{ timeout }, { extensions: { timeout } }]) {
        await using client = new Client({ ...options, resolve, retries: 1 });
        const error = await assertRejects(
          () => client.get(`${scheme}://a.example/`, given),
          ConnectTimeout,
        );
        assert(error.message.endsWith("within 60 ms (timeout.connect), 2 attempts"), error.message);
      }
      assertEquals(attempts, 4);
    });

    it("gives up a peer that is silent, and everyone who waits for it", async () => {
      await using silent = await listenSilently("127.0.0.1");
      await using client = new Client({ ...options, retries: 1, timeout: 300 });
      const calls = [1, 2, 3].map(() =>
        assertRejects(() => client.get(`${scheme}://127.0.0.1:${silent.port}/`), ConnectTimeout)
      );
      const began = performance.now();
      await Promise.all(calls);
      assert(performance.now() - began >= 600);
    });
  });
}

for (const { name, options, version, start } of ANSWERING_ROUTES.slice(1)) {
  it(`HTTPTransport over ${name} connects again where the TLS handshake was reset`, async () => {
    await using server = await start();
    let connections = 0;
    const gate = createTCPServer((socket) => {
      socket.on("error", () => {});
      if (++connections === 1) socket.once("data", () => socket.resetAndDestroy());
      else socket.pipe(connect(server.port, "127.0.0.1").on("error", () => {})).pipe(socket);
    });
    await using front = await serve(gate);
    const url = `https://localhost:${front.port}/x`;
    await using once = new Client(options);
    const error = await assertRejects(() => once.get(url), ConnectError);
    assertEquals(error.phase, "tls");
    connections = 0;
    await using again = new Client({ ...options, retries: 1 });
    const response = await again.get(url);
    assertEquals([response.httpVersion, await response.text()], [version, "/x"]);
    assertEquals(connections, 2);
  });
}

describe("new HTTPTransport()", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ retry: 3 }, 'Cannot use option "retry" of new HTTPTransport(): there is none of that name'],
    [{ trustEnv: "no" }, 'Cannot use option "trustEnv": it is neither true nor false'],
    [{ http2: 1 }, 'Cannot use option "http2": it is neither true nor false'],
    [{ maxHeaderBytes: 0 }, 'Cannot use option "maxHeaderBytes": give a whole number, 1 or more'],
    [{ maxHeaderBytes: "9" }, 'Cannot use option "maxHeaderBytes"'],
    [{ http1: false }, "Cannot use http1 and http2 both false"],
  ];
  for (const [options, message] of wrong) {
    it(`refuses ${JSON.stringify(options)}: ${message}`, () => {
      assertThrows(() => new HTTPTransport(options), TypeError, message);
    });
  }
});

describe("HTTPTransport's maxHeaderBytes", () => {
  const headOf = (sizeBytes: number) => {
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \r\n";
    return `${head.replace("X: ", `X: ${"a".repeat(sizeBytes - head.length)}`)}\r\n`;
  };
  const LIMITS = [[undefined, 102_400], [1000, 1000], [300_000, 300_000]] as const;
  for (const [maxHeaderBytes, most] of LIMITS) {
    it(`${maxHeaderBytes ?? "left out"} takes a head of ${most} bytes and its empty line, and none that is larger`, async () => {
      for (const sizeBytes of [most, most + 1]) {
        await using server = await listen(async (peer) => {
          await peer.readSome();
          await peer.send(headOf(sizeBytes));
        });
        await using client = new Client({ transport: new HTTPTransport({ maxHeaderBytes }) });
        const call = client.get(`http://127.0.0.1:${server.port}/`);
        if (sizeBytes === most) assertEquals((await call).status, 200);
        else await assertRejects(() => call, RemoteProtocolError, `larger than ${most} bytes`);
      }
    });
  }
});

describe("HTTPTransport.close()", () => {
  it("gives each call that has no connection yet an error of its own, which names it", async () => {
    const client = new Client({
      resolve: () => new Promise(() => {}),
      limits: { maxConnections: 1 },
    });
    const urls = ["http://a.example/connecting", "http://b.example/waiting"];
    const failures = urls.map((url) => assertRejects(() => client.get(url), CloseError));
    await client.close();
    for (const [i, failure] of failures.entries()) {
      const { message, request, phase, requestSent, safeToRetry } = await failure;
      assertEquals(message, `Cannot send GET ${urls[i]}: the client was closed`);
      assertEquals([request?.url, requestSent, safeToRetry], [urls[i], "no", true]);
      assertEquals(phase, "pool");
    }
  });
});

describe("HTTPTransport.close() while a request leaves", () => {
  for (const ticks of [0, 1, 4, 40]) {
    it(`does not say "no" of what the server has seen, after ${ticks} microtasks`, async () => {
      let seen = "";
      await using server = await listen(async (peer) => {
        await peer.readSome();
        await peer.send("HTTP/1.1 204 No Content\r\n\r\n");
        seen = await peer.readText(1000);
        peer.close();
      });
      const url = `http://127.0.0.1:${server.port}/`;
      await using client = new Client();
      await client.get(url);
      const failed = client.post(url, { content: "abc" }).catch((error) => error);
      for (let i = 0; i < ticks; i++) await null;
      await client.close();
      const { requestSent, safeToRetry } = await failed;
      await server.allClosed();
      assertEquals([seen.split(" ")[0], requestSent, safeToRetry], ["POST", "yes", false]);
    });
  }
});

describe("HTTPTransport[Symbol.asyncDispose]()", () => {
  it("closes what it holds", async () => {
    await using server = await cleartext.start();
    const transport = new HTTPTransport();
    const url = `http://127.0.0.1:${server.port}/`;
    {
      await using _ = transport;
      await (await transport.handleRequest(new Request("GET", url))).read();
      assertEquals(transport.stats.idle, 1);
    }
    assertEquals(transport.stats.idle, 0);
    await assertRejects(() => transport.handleRequest(new Request("GET", url)), CloseError);
  });
});

describe("HTTPTransport.handleRequest()", () => {
  it("names those who wait in the stack of an error that a timer or a socket made", async () => {
    await using server = await listen(async (peer) => void await peer.readToEnd());
    await using client = new Client({ timeout: new Timeout(5000, { read: 60 }) });
    async function lookUpUser(port: number): Promise<void> {
      await client.get(`http://127.0.0.1:${port}/`);
    }
    for (
      const [port, type] of [[await freePort(), ConnectError], [server.port, ReadTimeout]] as const
    ) {
      const { stack = "" } = await assertRejects(() => lookUpUser(port), type);
      assertEquals(stack.match(/at async lookUpUser /g)?.length, 1, stack);
      assertEquals(stack.startsWith(type.name), true);
    }
  });

  it("takes extensions.timeout as milliseconds, a Timeout, by phase, or none", async () => {
    await using server = await listen(async (peer) => void await peer.readToEnd());
    const transport = new HTTPTransport();
    const url = `http://127.0.0.1:${server.port}/`;
    for (const timeout of [60, new Timeout(60), { read: 60 }, { total: 60 }]) {
      const request = new Request("GET", url, { extensions: { timeout } });
      await assertRejects(() => transport.handleRequest(request), ReadTimeout, "60 ms");
    }
    const wrong = new Request("GET", url, { extensions: { timeout: "5s" as unknown as number } });
    await assertRejects(() => transport.handleRequest(wrong), TypeError, '"timeout"');
    await transport.close();
  });
});

/** A port that leads to another, and says where its callers come from. */
async function startGate(host: string, port: number): Promise<Answering & { from: string[] }> {
  const from: string[] = [];
  const gate = createTCPServer((socket) => {
    socket.on("error", () => {});
    from.push(socket.remoteAddress ?? "");
    socket.pipe(connect(port, "127.0.0.1").on("error", () => {})).pipe(socket);
  });
  return Object.assign(await serve(gate, 0, host), { from });
}

describe("HTTPTransport through a proxy", () => {
  for (const { name, scheme, options, version, start } of ANSWERING_ROUTES) {
    for (const [host, localAddress] of [["127.0.0.1", "127.0.0.7"], ["::1", "::1"]] as const) {
      it(`connects to the proxy from ${localAddress}, over ${name}`, async () => {
        await using origin = await start();
        await using proxy = await startHttpProxy();
        await using gate = await startGate(host, proxy.port);
        const url = `http://${host.includes(":") ? `[${host}]` : host}:${gate.port}`;
        await using client = new Client({
          transport: new HTTPTransport({ ...options, localAddress, proxy: url }),
        });
        const response = await client.get(`${scheme}://localhost:${origin.port}/x`);
        assertEquals([response.httpVersion, await response.text()], [version, "/x"]);
        assertEquals(gate.from, [localAddress]);
      });
    }

    it(`finds the proxy by resolve, and leaves the origin's name to it, over ${name}`, async () => {
      await using origin = await start();
      await using proxy = await startHttpProxy();
      const hosts: string[] = [];
      const resolve = (host: string) => {
        hosts.push(host);
        return ["127.0.0.2", "127.0.0.1"];
      };
      const url = `http://proxy.example:${proxy.port}`;
      await using client = new Client({
        transport: new HTTPTransport({ ...options, resolve, proxy: url }),
      });
      const response = await client.get(`${scheme}://localhost:${origin.port}/x`);
      assertEquals([response.httpVersion, hosts], [version, ["proxy.example"]]);
    });

    it(`tries a proxy again that does not listen, over ${name}`, async () => {
      const port = await freePort();
      let attempts = 0;
      const resolve = () => {
        attempts++;
        return "127.0.0.1";
      };
      const proxy = `http://proxy.example:${port}`;
      await using client = new Client({
        transport: new HTTPTransport({ ...options, resolve, retries: 2, proxy }),
      });
      const error = await assertRejects(() => client.get(`${scheme}://localhost/`), TransportError);
      assertEquals(attempts, 3);
      assert(error.message.includes("connection refused (127.0.0.1)"), error.message);
      assert(error.message.endsWith(", 3 attempts"), error.message);
    });
  }
});
