import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Clock } from "../../../src/clock/clock.ts";
import { ConnectError } from "../../../src/errors.ts";
import { Trace, type TraceInfo } from "../../../src/observe/trace.ts";
import type { SocketFacts } from "../../../src/semantics/network_stream.ts";
import { targetOf } from "../../../src/semantics/target.ts";
import { type DialInit, makeDial, originTLS } from "../../../src/wire/dial/dial.ts";
import { directRoute } from "../../../src/wire/dial/route.ts";
import { makeConnectTCP } from "../../../src/wire/dial/tcp.ts";
import { makeSettings } from "../../../src/options/tls_settings.ts";
import { authorities, servers } from "../../support/certificates.ts";
import { listen, type Loopback } from "../../support/loopback.ts";

const INIT: DialInit = {
  tls: makeSettings({ ca: [authorities.ca] }),
  alpnProtocols: ["http/1.1"],
  uds: null,
  resolve: null,
  connectTCP: makeConnectTCP({
    clock: new Clock(),
    localAddress: null,
    socketOptions: {},
    resolve: null,
  }),
};

/** What was told of one attempt, and by whom it was ended. */
class Attempt {
  readonly #endsAt: string | null;
  readonly events: string[] = [];
  readonly infos: TraceInfo[] = [];
  readonly controller = new AbortController();
  readonly trace = new Trace({
    request: {},
    listener: null,
    callback: (event, info) => {
      this.events.push(event);
      this.infos.push(info);
      if (event === this.#endsAt) this.controller.abort(new Error("enough"));
    },
  });

  constructor(endsAt: string | null = null) {
    this.#endsAt = endsAt;
  }

  async dial(url: string, init: Partial<DialInit> = {}): Promise<void> {
    const { trace } = this;
    const { signal } = this.controller;
    const route = directRoute(targetOf(new URL(url)));
    const socket = await makeDial({ ...INIT, ...init })(route, { signal, trace, limitMs: 300 });
    socket.close();
  }

  /** What the last step gave. */
  get facts(): SocketFacts {
    return this.infos.at(-1)?.return_value as SocketFacts; // what the dialler says of a socket
  }
}

function tlsServer(): Promise<Loopback> {
  return listen((peer) => peer.echo(), { tls: { ...servers.good, alpnProtocols: ["http/1.1"] } });
}

describe("makeDial()", () => {
  it("tells of TCP", async () => {
    await using server = await listen((peer) => peer.echo());
    const attempt = new Attempt();
    await attempt.dial(`http://127.0.0.1:${server.port}`);
    assertEquals(attempt.events, [
      "connection.connect_tcp.started",
      "connection.connect_tcp.complete",
    ]);
    const { port } = server;
    assertEquals(attempt.infos[0], {
      host: "127.0.0.1",
      port,
      local_address: null,
      timeout: 300,
    });
    const { remoteAddress, localAddress, tls } = attempt.facts;
    assertEquals([remoteAddress, tls], [{ host: "127.0.0.1", port }, null]);
    assertEquals(localAddress?.host, "127.0.0.1");
  });

  it("tells of TCP and then of TLS", async () => {
    await using server = await tlsServer();
    const attempt = new Attempt();
    await attempt.dial(`https://localhost:${server.port}`);
    assertEquals(attempt.events, [
      "connection.connect_tcp.started",
      "connection.connect_tcp.complete",
      "connection.start_tls.started",
      "connection.start_tls.complete",
    ]);
    const connected = attempt.infos[1]?.return_value as SocketFacts;
    assertEquals([connected.remoteAddress?.port, connected.tls], [server.port, null]);
    assertEquals(attempt.infos[2], {
      ssl_context: { verify: true, alpn_protocols: ["http/1.1"] },
      server_hostname: "localhost",
      timeout: 300,
    });
    assertEquals(attempt.facts.tls?.alpnProtocol, "http/1.1");
  });

  it("tells of a UNIX socket", async () => {
    await using server = await listen((peer) => peer.echo(), { unix: true });
    const attempt = new Attempt();
    await attempt.dial("http://docker", { uds: server.path });
    assertEquals(attempt.events, [
      "connection.connect_unix_socket.started",
      "connection.connect_unix_socket.complete",
    ]);
    assertEquals(attempt.infos[0], { path: server.path, timeout: 300 });
  });

  it("tells which step failed, and why", async () => {
    const closed = await listen(() => {});
    await closed[Symbol.asyncDispose]();
    const refused = new Attempt();
    const error = await assertRejects(
      () => refused.dial(`https://localhost:${closed.port}`),
      ConnectError,
    );
    assertEquals(refused.events, [
      "connection.connect_tcp.started",
      "connection.connect_tcp.failed",
    ]);
    assert(refused.infos[1]?.exception === error);

    await using server = await tlsServer();
    const distrusted = new Attempt();
    const tls = { ...INIT.tls, ca: [authorities.other] };
    await assertRejects(
      () => distrusted.dial(`https://localhost:${server.port}`, { tls }),
      ConnectError,
    );
    assertEquals(distrusted.events.slice(-2), [
      "connection.start_tls.started",
      "connection.start_tls.failed",
    ]);
  });

  it("tells that an attempt was given up, in either step", async () => {
    await using server = await tlsServer();
    for (const step of ["connection.connect_tcp", "connection.start_tls"]) {
      const attempt = new Attempt(`${step}.started`);
      await assertRejects(
        () => attempt.dial(`https://localhost:${server.port}`),
        Error,
        "enough",
      );
      assertEquals(attempt.events.at(-1), `${step}.failed`);
    }
  });
});

describe("originTLS()", () => {
  const named = (host: string) => targetOf(new URL(`https://${host}/`));
  const init = { ...INIT, tls: makeSettings({ ca: [authorities.ca] }) };

  it("is the transport's settings, for the host by its name", () => {
    const { serverName, ca, alpnProtocols, memory } = originTLS(directRoute(named("a.test")), init);
    assertEquals([serverName, ca, alpnProtocols], ["a.test", [authorities.ca], ["http/1.1"]]);
    assert(memory === init.tls.memory);
    assertEquals(originTLS(directRoute(named("a.test.")), init).serverName, "a.test");
    assertEquals(originTLS(directRoute(named("[::1]")), init).serverName, "::1");
  });

  it("is the route's own where it has some", () => {
    const settings = makeSettings({ verify: false, alpn: ["h2"] });
    const identity = { serverName: "b.test", settings };
    const own = originTLS(directRoute(named("a.test"), identity), init);
    assertEquals([own.serverName, own.verify, own.alpnProtocols], ["b.test", false, ["h2"]]);
  });
});
