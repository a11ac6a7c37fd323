/**
 * Everything that a call can wait for outside of an exchange, and some that it waits for inside × its total and its
 * signal: the call ends at the limit, with the error of the limit, over sockets and over `fetch`. All waits of a table run
 * side by side.
 */
import {
  Auth,
  Client,
  type ClientOptions,
  FetchTransport,
  HTTPTransport,
  OAuth2ClientCredentials,
  type Request,
  type RequestOptions,
  Response,
  type Transport,
} from "@httpx/httpx";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type LocalServer, startLocalServer } from "../support/local_server.ts";

const TOTAL_MS = 300;
const ABORT_MS = 150;
/** Far above the limits, and far below for ever. */
const HANG_MS = 5000;

const forever = new Promise<never>(() => {});

const sleeping = new Set<Promise<void>>();

/** A pause that nothing can cut short; a test that ends waits for those that are left. */
function sleep(ms: number): Promise<void> {
  const pause = new Promise<void>((resolve) => setTimeout(resolve, ms));
  sleeping.add(pause);
  return pause.finally(() => sleeping.delete(pause));
}

/** One chunk, and then nothing. */
async function* stalling(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
  await forever;
}

/** Waits for something of its own. */
class SleepingAuth extends Auth {
  override async *asyncAuthFlow(request: Request): AsyncGenerator<Request, void, Response> {
    await forever;
    yield request;
  }
}

/** Tries again for ever, with a pause that heeds nothing. */
class Retrying implements Transport {
  readonly inner: Transport;

  constructor(inner: Transport) {
    this.inner = inner;
  }

  async handleRequest(request: Request): Promise<Response> {
    while (true) {
      const response = await this.inner.handleRequest(request);
      if (response.status !== 503) return response;
      await response.close();
      await sleep(100);
    }
  }

  close(): Promise<void> {
    return this.inner.close?.() ?? Promise.resolve();
  }
}

/** A call that waits for ever. */
interface Wait {
  readonly path?: string;
  readonly options?: (site: string, inner: Transport) => Partial<ClientOptions>;
  readonly call?: (client: Client, options: RequestOptions) => Promise<unknown>;
}

const WAITS: Readonly<Record<string, Wait>> = {
  "a request hook": { options: () => ({ eventHooks: { request: [() => forever] } }) },
  "a response hook": { options: () => ({ eventHooks: { response: [() => forever] } }) },
  "an auth flow": { options: () => ({ auth: new SleepingAuth() }) },
  "a token": {
    options: (site) => ({
      auth: new OAuth2ClientCredentials({
        tokenURL: `${site}/silent`,
        clientId: "a",
        clientSecret: "b",
        timeout: null,
      }),
    }),
  },
  "a middleware": { options: () => ({ middleware: [() => forever] }) },
  "a transport": {
    options: () => ({ transport: { handleRequest: () => forever } }),
  },
  "a transport that retries": {
    path: "/503",
    options: (_, inner) => ({ transport: new Retrying(inner) }),
  },
  redirects: {
    path: "/around",
    options: () => ({ followRedirects: true, maxRedirects: 100_000 }),
  },
  "the head": { path: "/silent" },
  "the body": { path: "/stalls" },
  "a streamed body": {
    path: "/stalls",
    call: async (client, options) => {
      await using response = await client.stream("GET", "/stalls", options);
      for await (const _ of response.iterBytes());
    },
  },
  "a body of a transport's own": {
    options: () => ({
      transport: {
        handleRequest: () => Promise.resolve(new Response(200, { stream: stalling() })),
      },
    }),
  },
  "an upload": {
    call: (client, options) => client.post("/silent", { ...options, content: stalling() }),
  },
  "a body that auth wants in memory": {
    options: () => ({ auth: Object.assign(new SleepingAuth(), { requiresRequestBody: true }) }),
    call: (client, options) => client.post("/", { ...options, content: stalling() }),
  },
};

function startSite(): Promise<LocalServer> {
  return startLocalServer(({ target }, response) => {
    if (target === "/silent") return;
    if (target === "/around") return void response.writeHead(302, { location: "/around" }).end();
    response.writeHead(target === "/503" ? 503 : 200);
    if (target === "/stalls") response.write("some");
    else response.end("ok");
  });
}

/** How a call that waits for `wait` ends. */
async function outcome(
  { path = "/", options, call = (client, own) => client.get(path, own) }: Wait,
  { site, inner, limit }: {
    readonly site: string;
    readonly inner: () => Transport;
    readonly limit: RequestOptions;
  },
): Promise<unknown> {
  const own: Partial<ClientOptions> = { transport: inner() };
  const given = { timeout: null, baseURL: site, ...own, ...options?.(site, inner()) };
  const client = new Client(given as ClientOptions);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise((resolve) => timer = setTimeout(resolve, HANG_MS, "hangs"));
  try {
    return await Promise.race([hang, call(client, limit).then(() => "a result", (error) => error)]);
  } finally {
    clearTimeout(timer);
    await client.close();
  }
}

const TRANSPORTS: Readonly<Record<string, () => Transport>> = {
  sockets: () => new HTTPTransport(),
  fetch: () => new FetchTransport(),
};

for (const [name, inner] of Object.entries(TRANSPORTS)) {
  describe(`A call over ${name} that waits`, () => {
    it("ends with its total, whatever it waits for", async () => {
      await using site = await startSite();
      const limit = { timeout: { total: TOTAL_MS } };
      const ends = await Promise.all(
        Object.entries(WAITS).map(async ([wait, how]) => {
          const end = await outcome(how, { site: site.url, inner, limit });
          const isRight = end instanceof Error && /^(Read|Write)Timeout$/.test(end.name) &&
            end.message.includes(`the whole call took ${TOTAL_MS} ms (timeout.total)`);
          return [wait, isRight ? "its total" : String(end)];
        }),
      );
      await Promise.all(sleeping);
      assertEquals(ends, Object.keys(WAITS).map((wait) => [wait, "its total"]));
    });

    it("ends with its signal, by the signal's reason", async () => {
      await using site = await startSite();
      const ends = await Promise.all(
        Object.entries(WAITS).map(async ([wait, how]) => {
          const controller = new AbortController();
          const reason = new Error(wait);
          const timer = setTimeout(() => controller.abort(reason), ABORT_MS);
          const end = await outcome(how, {
            site: site.url,
            inner,
            limit: { signal: controller.signal },
          });
          clearTimeout(timer);
          return [wait, end === reason ? "its reason" : String(end)];
        }),
      );
      await Promise.all(sleeping);
      assertEquals(ends, Object.keys(WAITS).map((wait) => [wait, "its reason"]));
    });
  });
}

describe("A body that an auth scheme wants in memory", () => {
  it("is left when the call is over", async () => {
    let chunks = 0;
    let isLeft = false;
    const { promise: left, resolve } = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;; chunks++) {
          yield new Uint8Array(1000);
          await sleep(5);
        }
      } finally {
        isLeft = true;
        resolve();
      }
    }
    const auth = Object.assign(new SleepingAuth(), { requiresRequestBody: true });
    await using client = new Client({ transport: { handleRequest: () => forever }, auth });
    const options = { content: endless(), timeout: { total: 50 } };
    const error: Error = await client.post("https://a.test/", options).then(() => null, (e) => e);
    assertEquals(error.name, "ReadTimeout");
    await left;
    assert(isLeft && chunks > 0);
  });
});
