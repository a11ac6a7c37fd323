/** `extensions.trace`, over real sockets: exactly which events, in which order, with what. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  type ClientOptions,
  ConnectError,
  HTTPTransport,
  LocalProtocolError,
  ReadTimeout,
  RemoteProtocolError,
  Timeout,
} from "@httpx/httpx";
import { authorities, servers } from "../support/certificates.ts";
import {
  broken,
  done,
  EXCHANGE_11,
  EXCHANGE_2,
  Followed,
} from "../support/connections/followed.ts";
import { answering, OK, startHTTP2, urlOf } from "../support/connections/known_servers.ts";
import { startLocalServer } from "../support/local_server.ts";
import { listen } from "../support/loopback.ts";

const TCP = done("connection.connect_tcp");
const [SEND_HEAD, SEND_BODY, RECEIVE_HEAD] = [
  "http11.send_request_headers",
  "http11.send_request_body",
  "http11.receive_response_headers",
];
const CLOSED = done("http11.response_closed");

function clientOf(options: ClientOptions = {}): Client {
  return new Client({ verify: authorities.ca, trustEnv: false, ...options } as ClientOptions);
}

describe("extensions.trace over HTTP/1.1", () => {
  it("tells of a GET, with what each step was given and gave", async () => {
    await using server = await listen(answering(OK));
    await using client = clientOf();
    const followed = new Followed();
    const { extensions } = followed.options;
    const response = await client.get(urlOf(server), { extensions, timeout: 700 });
    assertEquals(followed.events, [...TCP, ...EXCHANGE_11]);
    assertEquals(followed.info("connection.connect_tcp.started"), {
      host: "127.0.0.1",
      port: server.port,
      local_address: null,
      timeout: 700,
    });
    const { request } = response;
    assertStrictEquals(followed.info("http11.send_request_headers.started")?.request, request);
    assertEquals(followed.info("http11.send_request_headers.complete"), { return_value: null });
    assertEquals(followed.info("http11.receive_response_headers.complete"), {
      return_value: ["HTTP/1.1", 200, "OK", [["X-A", "1"], ["Content-Length", "2"]]],
    });
    assertEquals(followed.info("http11.response_closed.started"), {});
  });

  it("tells of TLS between TCP and the request", async () => {
    await using server = await listen(answering(OK), { tls: servers.good });
    await using client = clientOf();
    const followed = new Followed();
    await client.get(urlOf(server, "https"), followed.options);
    assertEquals(followed.events, [...TCP, ...done("connection.start_tls"), ...EXCHANGE_11]);
    assertEquals(followed.info("connection.start_tls.started"), {
      ssl_context: { verify: true, alpn_protocols: ["http/1.1"] },
      server_hostname: "127.0.0.1",
      timeout: 5000,
    });
  });

  it("tells of a UNIX socket", async () => {
    await using server = await listen(answering(OK), { unix: true });
    await using client = new Client({ transport: new HTTPTransport({ uds: server.path }) });
    const followed = new Followed();
    await client.get("http://docker/info", followed.options);
    assertEquals(followed.events, [
      ...done("connection.connect_unix_socket"),
      ...EXCHANGE_11,
    ]);
  });

  it("tells of no connecting where a connection is used again", async () => {
    await using server = await listen(answering(OK, OK));
    await using client = clientOf();
    await client.get(urlOf(server));
    const followed = new Followed();
    await client.get(urlOf(server), followed.options);
    assertEquals(followed.events, EXCHANGE_11);
  });

  it("tells of each request along a redirect", async () => {
    const found = "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n";
    await using server = await listen(answering(found, OK));
    await using client = clientOf({ followRedirects: true });
    const followed = new Followed();
    const response = await client.get(urlOf(server), followed.options);
    assertEquals(followed.events, [...TCP, ...EXCHANGE_11, ...EXCHANGE_11]);
    assertStrictEquals(followed.infos.at(-10)?.request, response.request);
  });

  it("tells of a body that is sent in chunks, and of one that nobody waits for", async () => {
    await using server = await startLocalServer((_, response) => response.end("hi"));
    await using client = clientOf();
    const followed = new Followed();
    let next: (() => void) | null = null;
    async function* chunks() {
      yield new Uint8Array(3);
      await new Promise<void>((resolve) => next = resolve);
      yield new Uint8Array(3);
    }
    const sent = client.post(server.url, { content: chunks(), ...followed.options });
    while (next === null) await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(followed.events, [
      ...TCP,
      ...done(SEND_HEAD),
      `${SEND_BODY}.started`,
    ]);
    (next as () => void)();
    await sent;
    assertEquals(followed.events, [...TCP, ...EXCHANGE_11]);

    await using early = await listen(answering(OK));
    const hurried = new Followed();
    async function* endless() {
      yield new Uint8Array(3);
      await new Promise(() => {});
    }
    await client.post(urlOf(early), { content: endless(), ...hurried.options });
    assertEquals(hurried.events, [
      ...TCP,
      ...done(SEND_HEAD),
      `${SEND_BODY}.started`,
      ...done(RECEIVE_HEAD),
      `${SEND_BODY}.failed`,
      ...done("http11.receive_response_body", "http11.response_closed"),
    ]);
  });

  it("tells of reading when the caller reads, and of a body that nobody reads to its end", async () => {
    await using server = await listen(answering(OK, OK + OK, OK));
    await using client = clientOf();
    const url = urlOf(server);
    const read = new Followed();
    const response = await client.stream("GET", url, read.options);
    const before = [...TCP, ...done(SEND_HEAD, SEND_BODY, RECEIVE_HEAD)];
    assertEquals(read.events, before);
    assertEquals(await Array.fromAsync(response.iterText()), ["hi"]);
    assertEquals(read.events, [...TCP, ...EXCHANGE_11]);
    await response.close();
    assertEquals(read.events.length, 12);

    const unread = new Followed();
    await (await client.stream("GET", url, unread.options)).close();
    assertEquals(unread.events, [...done(SEND_HEAD, SEND_BODY, RECEIVE_HEAD), ...CLOSED]);
  });

  it("tells of responses without a body, and of what is left of an upgrade", async () => {
    const upgrade = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n";
    await using server = await listen(answering("HTTP/1.1 204 No Content\r\n\r\n", upgrade));
    await using client = clientOf({ headers: { connection: "upgrade", upgrade: "a" } });
    for (const status of [204, 101]) {
      const followed = new Followed();
      const response = await client.get(urlOf(server), followed.options);
      assertEquals(response.status, status);
      assertEquals(followed.events.slice(-10), EXCHANGE_11);
      if (status === 101) {
        await (response.extensions.network_stream as AsyncDisposable)[Symbol.asyncDispose]();
      }
    }
  });

  it("tells of the second attempt where the first came to an idle connection that was closed", async () => {
    let connections = 0;
    await using server = await listen(async (peer) => {
      const answers = ++connections === 1 ? [OK, null] : [OK];
      await answering(...answers)(peer);
    });
    await using client = clientOf();
    await client.get(urlOf(server));
    const followed = new Followed();
    await client.get(urlOf(server), followed.options);
    assertEquals(followed.events, [
      ...done(SEND_HEAD, SEND_BODY),
      ...broken(RECEIVE_HEAD),
      ...CLOSED,
      ...TCP,
      ...EXCHANGE_11,
    ]);
  });
});

describe("extensions.trace over HTTP/2", () => {
  it("tells of the preface, the settings and the stream", async () => {
    await using server = await startHTTP2();
    await using client = clientOf({ http2: true });
    const followed = new Followed();
    const response = await client.get(urlOf(server, "https"), followed.options);
    assertEquals(followed.events, [
      ...TCP,
      ...done("connection.start_tls"),
      ...done("http2.send_connection_init"),
      ...EXCHANGE_2.slice(0, 5),
      ...done("http2.receive_remote_settings"),
      ...EXCHANGE_2.slice(5),
    ]);
    const { request } = response;
    assertEquals(followed.info("http2.receive_response_headers.started"), {
      request,
      stream_id: 1,
    });
    assertEquals(followed.info("http2.receive_response_headers.complete"), {
      return_value: [200, [["x-a", "1"]]],
    });
    assertEquals(followed.info("http2.response_closed.started"), { stream_id: 1 });
    assertEquals(followed.info("http2.receive_remote_settings.complete"), {
      return_value: {
        max_concurrent_streams: 7,
        initial_window_size: 65535,
        max_frame_size: 16384,
      },
    });
    assertEquals(response.extensions.stream_id, 1);
    const second = new Followed();
    const again = await client.get(urlOf(server, "https"), second.options);
    assertEquals(second.events, EXCHANGE_2);
    assertEquals(second.info("http2.send_request_headers.started")?.stream_id, 3);
    assertEquals(again.extensions.stream_id, 3);
  });
});

describe("extensions.trace of what fails", () => {
  it("names the step and the error", async () => {
    const closed = await listen(() => {});
    await closed[Symbol.asyncDispose]();
    await using untrusted = await listen(() => {}, { tls: servers.selfSigned });
    await using silent = await listen(answering(null));
    await using short = await listen(async (peer) => {
      await answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi")(peer);
      peer.end();
    });
    await using garbled = await listen(answering("nonsense\r\n\r\n"));
    const head = done(SEND_HEAD, SEND_BODY);
    const cases = [
      [urlOf(closed), ConnectError, broken("connection.connect_tcp")],
      [urlOf(untrusted, "https"), ConnectError, [...TCP, ...broken("connection.start_tls")]],
      [urlOf(silent), RemoteProtocolError, [...TCP, ...head, ...broken(RECEIVE_HEAD), ...CLOSED]],
      [urlOf(garbled), RemoteProtocolError, [...TCP, ...head, ...broken(RECEIVE_HEAD), ...CLOSED]],
      [
        urlOf(short),
        RemoteProtocolError,
        [
          ...TCP,
          ...head,
          ...done(RECEIVE_HEAD),
          ...broken("http11.receive_response_body"),
          ...CLOSED,
        ],
      ],
    ] as const;
    await using client = clientOf();
    for (const [url, type, events] of cases) {
      const followed = new Followed();
      const error = await assertRejects(() => client.get(url, followed.options), type);
      assertEquals(followed.events, [...events]);
      const failed = followed.events.findIndex((event) => event.endsWith(".failed"));
      assertStrictEquals(followed.infos[failed]?.exception, error);
    }
  });

  it("names what could not be sent", async () => {
    await using server = await listen(answering(OK));
    await using client = clientOf();
    const followed = new Followed();
    const extensions = { ...followed.options.extensions, target: "/a b" };
    await assertRejects(() => client.get(urlOf(server), { extensions }), LocalProtocolError);
    assertEquals(followed.events, [...TCP, ...broken(SEND_HEAD), ...CLOSED]);

    const reading = new Followed();
    async function* failing() {
      yield new Uint8Array(1);
      throw new Error("of the source");
    }
    await assertRejects(
      () => client.post(urlOf(server), { content: failing(), ...reading.options }),
      Error,
      "of the source",
    );
    assertEquals(reading.events, [...done(SEND_HEAD), ...broken(SEND_BODY), ...CLOSED]);
  });

  it("tells of a timeout, and of a cancelled request", async () => {
    await using server = await listen(async (peer) => void await peer.readToEnd());
    await using client = clientOf();
    const events = [...TCP, ...done(SEND_HEAD, SEND_BODY), ...broken(RECEIVE_HEAD), ...CLOSED];
    const late = new Followed();
    const timeout = await assertRejects(
      () =>
        client.get(urlOf(server), { timeout: new Timeout(5000, { read: 50 }), ...late.options }),
      ReadTimeout,
    );
    assertEquals(late.events, events);
    assertStrictEquals(late.info(`${RECEIVE_HEAD}.failed` as never)?.exception, timeout);

    for (const at of ["connection.connect_tcp.started", `${RECEIVE_HEAD}.started`]) {
      const controller = new AbortController();
      const reason = new Error("enough");
      const cancelled = new Followed((event) => {
        if (event === at) controller.abort(reason);
      });
      const { signal } = controller;
      const error = await assertRejects(() =>
        client.get(urlOf(server), { signal, ...cancelled.options })
      );
      assertStrictEquals(error, reason);
      assertEquals(
        cancelled.events,
        at.startsWith("connection") ? broken("connection.connect_tcp") : events,
      );
      assertStrictEquals(cancelled.infos.findLast(({ exception }) => exception)?.exception, reason);
    }
  });

  it("wants a function", async () => {
    await using server = await listen(answering(OK));
    await using client = clientOf();
    await assertRejects(
      () => client.get(urlOf(server), { extensions: { trace: "yes" as never } }),
      TypeError,
      'Cannot use extension "trace": it is no function',
    );
    assertEquals((await client.get(urlOf(server), { extensions: { trace: null } })).status, 200);
  });
});
