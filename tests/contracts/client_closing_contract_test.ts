/**
 * Closing a client ends every call that is pending, whatever carries it and whatever it waits for: with a `CloseError`, over
 * the library's own transports and over one that knows nothing of closing.
 */
import {
  AppTransport,
  Client,
  FetchTransport,
  HTTPTransport,
  MockTransport,
  Response,
  type Transport,
} from "@httpx/httpx";
import { MockRouter } from "@httpx/httpx/testing";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startLocalServer } from "../support/local_server.ts";

/** Against a hang; far more than a moment. */
const HANG_MS = 5000;

const forever = new Promise<never>(() => {});

type WebResponse = globalThis.Response;

/** A body of which one chunk comes. */
function stallingBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(4)),
    pull: () => forever,
  });
}

async function* stallingChunks(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(4);
  await forever;
}

/** Answers `/body` with a head and the beginning of a body, anything else with nothing at all. */
function webAnswer(url: string): Promise<WebResponse> {
  return url.endsWith("/body") ? Promise.resolve(new globalThis.Response(stallingBody())) : forever;
}

function ownAnswer(url: string): Promise<Response> {
  return url.endsWith("/body")
    ? Promise.resolve(new Response(200, { stream: stallingChunks() }))
    : forever;
}

function routed(transport?: Transport): MockRouter {
  const router = new MockRouter({ transport });
  const route = router.route(null, "/*");
  if (transport === undefined) route.reply(({ url }) => webAnswer(url));
  else route.passThrough();
  return router;
}

const withoutClose = (): Transport => ({ handleRequest: ({ url }) => ownAnswer(url) });

const TRANSPORTS: Readonly<Record<string, () => Transport>> = {
  sockets: () => new HTTPTransport(),
  fetch: () => new FetchTransport(),
  "an app": () => new AppTransport(({ url }) => webAnswer(url)),
  "an app whose errors are responses": () =>
    new AppTransport(({ url }) => webAnswer(url), { raiseAppExceptions: false }),
  "a mock": () => new MockTransport(({ url }) => webAnswer(url)),
  "a mock with responses of ours": () => new MockTransport(({ url }) => ownAnswer(url)),
  "a router": () => routed(),
  "a router that passes through": () => routed(withoutClose()),
  "a transport without close()": withoutClose,
};

/** What a call waits for when its client closes. */
const WAITS: Readonly<Record<string, (client: Client, site: string) => Promise<unknown>>> = {
  "for the head": (client, site) => client.get(`${site}/head`),
  "for the head, behind a hook": (client, site) => {
    client.eventHooks = { request: [() => {}] };
    return client.get(`${site}/head`);
  },
  "in a hook": (client, site) => {
    client.eventHooks = { request: [() => forever] };
    return client.get(`${site}/head`);
  },
  "for the body": (client, site) => client.get(`${site}/body`),
  "for the streamed body": async (client, site) => {
    await using response = await client.stream("GET", `${site}/body`);
    for await (const _ of response.iterBytes());
  },
};

async function within<Value>(work: Promise<Value>): Promise<Value | "hangs"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise<"hangs">((resolve) => timer = setTimeout(resolve, HANG_MS, "hangs"));
  try {
    return await Promise.race([work, hang]);
  } finally {
    clearTimeout(timer);
  }
}

async function endOf(work: Promise<unknown>): Promise<string> {
  const end = await within(work.then(() => "a result", (error: unknown) => error));
  return end instanceof Error ? end.name : String(end);
}

/** Lets a call get to its wait. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe("Client.close()", () => {
  for (const [name, make] of Object.entries(TRANSPORTS)) {
    it(`ends the calls over ${name} with a CloseError`, async () => {
      await using site = await startLocalServer(({ target }, response) => {
        if (target !== "/body") return;
        response.writeHead(200);
        response.write("some");
      });
      const ends = await Promise.all(
        Object.entries(WAITS).map(async ([wait, call]) => {
          const client = new Client({ transport: make(), timeout: null });
          const calling = endOf(call(client, site.url));
          await settle();
          await within(client.close());
          return [wait, await calling];
        }),
      );
      assertEquals(ends, Object.keys(WAITS).map((wait) => [wait, "CloseError"]));
    });
  }

  it("leaves the calls of another client over the same mock", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const transport: Transport = { handleRequest: () => promise };
    await using other = new Client({ transport });
    const calling = other.get("https://a.test/");
    const client = new Client({ transport });
    await client.close();
    resolve(new Response(204));
    assertEquals((await calling).status, 204);
  });
});

for (
  const [name, make] of Object.entries(TRANSPORTS).filter(([name]) => /app|mock|router$/.test(name))
) {
  describe(`close() of ${name}`, () => {
    it("ends requests that no client made, and answers later ones", async () => {
      const transport = make();
      const request = (path: string) => new Client().buildRequest("GET", `https://a.test${path}`);
      const waiting = endOf(transport.handleRequest(request("/head")));
      const response = await transport.handleRequest(request("/body"));
      const reading = endOf(response.read());
      await settle();
      await transport.close?.();
      assertEquals([await waiting, await reading], ["CloseError", "CloseError"]);
      const later = await transport.handleRequest(request("/body"));
      assertEquals(later.status, 200);
      await transport.close?.();
    });
  });
}
