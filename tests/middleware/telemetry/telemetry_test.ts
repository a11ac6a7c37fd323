import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  type ClientOptions,
  ConnectError,
  MockTransport,
  ReadError,
  type Request,
  Response,
} from "@httpx/httpx";
import { retry } from "@httpx/httpx/retry";
import { SyncClient } from "@httpx/httpx/sync";
import { telemetry, type TelemetryOptions } from "@httpx/httpx/opentelemetry";
import { startLocalServer } from "../../support/local_server.ts";
import { type EndedSpan, FakeOpenTelemetry } from "./fake_opentelemetry.ts";

type Answer = (request: Request) => Response;

function clientFor(
  answer: Answer,
  options: TelemetryOptions = {},
  more: ClientOptions = {},
): Client {
  const transport = new MockTransport(answer);
  return new Client({ middleware: [telemetry(options)], ...more, transport } as ClientOptions);
}

const URL_A = "https://api.example:8443/a?b=1";
const BASE = {
  "http.request.method": "GET",
  "server.address": "api.example",
  "server.port": 8443,
};

describe("telemetry()", () => {
  it("reports a span and a duration by the stable conventions, under the caller's span", async () => {
    using otel = new FakeOpenTelemetry();
    await using client = clientFor((request) =>
      new Response(200, { text: request.headers.get("traceparent") ?? "" })
    );
    const response = await client.get(URL_A);
    assertEquals(await response.text(), "span-GET");
    const answered = {
      ...BASE,
      "http.response.status_code": 200,
      "network.protocol.version": "1.1",
    };
    assertEquals(otel.spans, [{
      name: "GET",
      kind: 2,
      attributes: { ...answered, "url.full": URL_A },
      status: null,
      parent: "the caller's",
    }]);
    assertEquals(otel.measured.map(({ name, attributes }) => ({ name, attributes })), [
      { name: "http.client.request.duration", attributes: answered },
    ]);
    assert((otel.measured[0]?.value ?? -1) >= 0);
  });

  it("ends with the body, not with the head", async () => {
    using otel = new FakeOpenTelemetry();
    await using client = clientFor(() => new Response(200, { stream: [new Uint8Array(5)] }));
    const response = await client.stream("GET", URL_A);
    assertEquals(otel.spans.length, 0);
    await response.close();
    assertEquals(otel.spans.length, 1);
  });

  it("reports an error status, a failure, an abort and a body that breaks off", async () => {
    using otel = new FakeOpenTelemetry();
    await using client = clientFor(({ url }) => {
      if (url.endsWith("/down")) throw new ConnectError("refused");
      if (url.endsWith("/abort")) throw new DOMException("stop", "AbortError");
      if (!url.endsWith("/broken")) return new Response(404);
      return new Response(200, {
        stream: (async function* () {
          yield new Uint8Array(1);
          await Promise.resolve();
          throw new ReadError("reset");
        })(),
      });
    });
    for (const path of ["missing", "down", "abort", "broken"]) {
      await client.get(`https://api.example/${path}`).catch(() => {});
    }
    const seen = otel.spans.map(({ attributes, status }) => [attributes["error.type"], status]);
    const status = { code: 2 };
    assertEquals(seen, [
      ...[["404", status], ["ConnectError", status], ["AbortError", status]],
      ["ReadError", status],
    ]);
    assertEquals(otel.measured.map(({ attributes }) => attributes["error.type"]), [
      ...["404", "ConnectError", "AbortError", "ReadError"],
    ]);
  });

  it("has one span for each redirect and each try of either retry, counted", async () => {
    const answer = () => {
      let tries = 0;
      return ({ url }: Request) => {
        if (url.endsWith("/from")) return new Response(302, { headers: { location: "/to" } });
        return new Response(++tries === 1 ? 503 : 200);
      };
    };
    const again = { limit: 2, backoff: { baseMs: 0 } };
    for (
      const options of [
        { retry: again, middleware: [telemetry()] },
        { middleware: [retry(again), telemetry()] },
      ]
    ) {
      using otel = new FakeOpenTelemetry();
      await using client = clientFor(answer(), {}, { ...options, followRedirects: true });
      assertEquals((await client.get("https://api.example/from")).status, 200);
      const spans = otel.spans.map(({ attributes }) => [
        attributes["url.full"],
        attributes["http.response.status_code"],
        attributes["http.request.resend_count"],
      ]);
      assertEquals(spans, [
        ["https://api.example/from", 302, undefined],
        ["https://api.example/to", 503, 1],
        ["https://api.example/to", 200, 2],
      ]);
    }
  });

  it("reports the version and the peer of a connection", async () => {
    using otel = new FakeOpenTelemetry();
    await using server = await startLocalServer((_, response) => void response.end("hello"));
    await using client = new Client({ middleware: [telemetry()] });
    await client.get(server.url);
    const { attributes = {} }: Partial<EndedSpan> = otel.spans[0] ?? {};
    const { hostname, port } = new URL(server.url);
    assertEquals(attributes["network.peer.address"], hostname);
    assertEquals(attributes["network.peer.port"], Number(port));
    assertEquals(attributes["network.protocol.version"], "1.1");
  });

  it("redacts credentials, signatures and configured parameters", async () => {
    using otel = new FakeOpenTelemetry();
    await using client = clientFor(() => new Response(200), {
      redactQuery: ["tenant"],
      requestHeaders: ["Authorization", "X-Tenant"],
    });
    await client.get(
      "https://ada:pw@a.example/x?sig=1&AWSAccessKeyId=2&tenant=3&access_token=4&q=5",
      {
        headers: { "X-Tenant": "7" },
      },
    );
    const { attributes = {} }: Partial<EndedSpan> = otel.spans[0] ?? {};
    assertEquals(
      attributes["url.full"],
      "https://REDACTED:REDACTED@a.example/x?sig=REDACTED&AWSAccessKeyId=REDACTED" +
        "&tenant=REDACTED&access_token=REDACTED&q=5",
    );
    assertEquals(attributes["http.request.header.authorization"], ["REDACTED"]);
    assertEquals(attributes["http.request.header.x-tenant"], ["7"]);
  });

  it("names unknown methods _OTHER, and spans as it is told", async () => {
    using otel = new FakeOpenTelemetry();
    await using client = clientFor(() => new Response(200), {});
    await client.request("PURGE", URL_A);
    await client.query(URL_A, { content: "x" });
    await using named = clientFor(() => new Response(200), {
      spanName: ({ method }) => `${method} a`,
    });
    await named.get(URL_A);
    assertEquals(otel.spans.map(({ name }) => name), ["HTTP", "QUERY", "GET a"]);
    assertEquals(otel.spans[0]?.attributes["http.request.method"], "_OTHER");
    assertEquals(otel.spans[0]?.attributes["http.request.method_original"], "PURGE");
  });

  it("reports nothing of what filter refuses, and carries on nothing that propagate refuses", async () => {
    using otel = new FakeOpenTelemetry();
    const sent: (string | null)[] = [];
    const answer = (request: Request) => {
      sent.push(request.headers.get("traceparent"));
      return new Response(200);
    };
    await using client = clientFor(answer, {
      filter: ({ url }) => !url.endsWith("/health"),
      propagate: ({ url }) => !url.includes("other"),
    });
    for (
      const url of ["https://a.example/health", "https://other.example/", "https://a.example/"]
    ) {
      await client.get(url);
    }
    assertEquals([sent, otel.spans.length], [[null, null, "span-GET"], 2]);
  });

  it("has what is not stable only if that is asked for", async () => {
    using otel = new FakeOpenTelemetry();
    await using client = clientFor(() => new Response(200, { text: "hello" }), {
      development: true,
    });
    await client.post(URL_A, { content: "ping", extensions: { url_template: "/a" } });
    const { attributes = {} }: Partial<EndedSpan> = otel.spans[0] ?? {};
    assertEquals(attributes["http.request.body.size"], 4);
    assertEquals(attributes["url.template"], "/a");
    assertEquals(otel.measured.map(({ name }) => name), [
      "http.client.request.duration",
      "http.client.request.body.size",
      "http.client.response.body.size",
    ]);
  });

  it("carries on a span that is not recorded, and sets nothing on it", async () => {
    using otel = new FakeOpenTelemetry();
    otel.isRecording = false;
    await using client = clientFor((request) =>
      new Response(500, { text: request.headers.get("traceparent") ?? "" })
    );
    assertEquals(await (await client.get(URL_A)).text(), "span-GET");
    assertEquals([otel.spans[0]?.status, otel.measured.length], [null, 1]);
  });

  it("does nothing while nothing is registered", async () => {
    const key = Symbol.for("opentelemetry.js.api.1");
    assertEquals(key in globalThis, false);
    await using client = clientFor((request) =>
      new Response(200, { text: [...request.headers.keys()].join() })
    );
    assertEquals((await (await client.get(URL_A)).text()).includes("traceparent"), false);
    assertEquals(key in globalThis, false);
  });

  it("is the same for a client that blocks", () => {
    using otel = new FakeOpenTelemetry();
    let tries = 0;
    const transport = new MockTransport(() => new Response(++tries === 1 ? 503 : 200));
    const middleware = [telemetry()];
    using client = new SyncClient({ transport, middleware, retry: { backoff: { baseMs: 0 } } });
    client.get(URL_A);
    assertEquals(otel.spans.map(({ attributes }) => attributes["http.response.status_code"]), [
      ...[503, 200],
    ]);
    const failing = new MockTransport(() => {
      throw new ConnectError("refused");
    });
    using broken = new SyncClient({ transport: failing, middleware });
    assertThrows(() => broken.get(URL_A), ConnectError);
    assertEquals(otel.spans.at(-1)?.attributes["error.type"], "ConnectError");
  });

  it("refuses options of the wrong kind", async () => {
    for (
      const wrong of [{ filter: 1 }, { redactQuery: "sig" }, { development: "yes" }, { nmae: 1 }]
    ) {
      assertThrows(() => telemetry(wrong as unknown as TelemetryOptions), TypeError);
    }
    using otel = new FakeOpenTelemetry();
    const spanName = () => {
      throw new Error("mine");
    };
    await using client = clientFor(() => new Response(200), { spanName });
    await assertRejects(() => client.get(URL_A), Error, "mine");
    assertEquals(otel.spans.length, 0);
  });
});
