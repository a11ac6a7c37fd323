/**
 * Every wait of a call × every limit, on an event loop that is quiet and on one that is blocked again and again. A wait
 * ends at its limit, with the error of that limit, and never before it. All of a table run side by side.
 */
import { Client, type RequestOptions, Timeout } from "@httpx/httpx";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { authorities } from "../support/certificates.ts";
import { listenSilently } from "../support/connections/silent_listener.ts";
import { F, frame, headers, settings, T } from "../support/http2/frames.ts";
import { listen, type Loopback, type Peer } from "../support/loopback.ts";

const LIMIT_MS = 1500;

/** Far above any limit here, and far below for ever. */
const HANG_MS = 15_000;

/** How long a busy program blocks its event loop at each turn. */
const BLOCKED_MS = 100;

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/** A call that is about to wait, and everything that it needs. */
interface Prepared extends AsyncDisposable {
  call(options: RequestOptions): Promise<unknown>;
}

/** A wait: the timeout that bounds it, the error, and how to get there. */
interface Wait {
  readonly phase: "pool" | "connect" | "write" | "read";
  readonly error: "PoolTimeout" | "ConnectTimeout" | "WriteTimeout" | "ReadTimeout";
  prepare(): Promise<Prepared>;
}

type Options = ConstructorParameters<typeof Client>[0];

/** A client, a peer, and what else is to be disposed of, last first. */
async function prepare(
  handle: (peer: Peer) => Promise<void> | void,
  { call, warmUp, ...options }: Options & {
    readonly call: (client: Client, url: string, options: RequestOptions) => Promise<unknown>;
    readonly warmUp?: (client: Client, url: string) => Promise<unknown>;
  },
): Promise<Prepared> {
  const server: Loopback = await listen(handle);
  const client = new Client({ trustEnv: false, timeout: null, ...options });
  const url = `http://127.0.0.1:${server.port}/`;
  await warmUp?.(client, url);
  return {
    call: (options) => call(client, url, options),
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const get = (client: Client, url: string, options: RequestOptions) => client.get(url, options);

/** Answers the first request, and is silent then. */
async function answerOnce(peer: Peer): Promise<void> {
  await peer.readSome();
  await peer.send(OK);
}

/** Content without an end. */
async function* endless(): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(1024 * 1024);
  while (true) yield await Promise.resolve(chunk);
}

/** Speaks HTTP/2 by prior knowledge, allows one stream at a time, answers the first and opens no window. */
async function answerOneStream(peer: Peer): Promise<void> {
  await peer.send(settings(3, 1));
  const answered = new Set<number>();
  for (let bytes = await peer.readSome(); bytes !== null; bytes = await peer.readSome()) {
    if (answered.size > 0) continue;
    answered.add(1);
    await peer.send(frame(T.SETTINGS, 1, 0));
    await peer.send(headers(1, { ":status": "200" }, F.END_HEADERS | F.END_STREAM));
  }
}

const WAITS: Readonly<Record<string, Wait>> = {
  pool: {
    phase: "pool",
    error: "PoolTimeout",
    prepare: () =>
      prepare(async (peer) => {
        await peer.readSome();
        await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
      }, {
        limits: { maxConnections: 1 },
        warmUp: (client, url) => client.stream("GET", url),
        call: get,
      }),
  },
  connect: {
    phase: "connect",
    error: "ConnectTimeout",
    prepare: async () => {
      const silent = await listenSilently("127.0.0.1");
      const client = new Client({ trustEnv: false, timeout: null });
      return {
        call: (options) => client.get(`http://127.0.0.1:${silent.port}/`, options),
        async [Symbol.asyncDispose]() {
          await client.close();
          await silent[Symbol.asyncDispose]();
        },
      };
    },
  },
  tls: {
    phase: "connect",
    error: "ConnectTimeout",
    prepare: () =>
      prepare(() => {}, {
        verify: authorities.ca,
        call: (client, url, options) => client.get(url.replace("http:", "https:"), options),
      }),
  },
  "proxy handshake": {
    phase: "connect",
    error: "ConnectTimeout",
    prepare: () =>
      prepare(() => {}, {
        call: (client, url, options) =>
          client.get("https://example.org/", { ...options, proxy: url }),
      }),
  },
  write: {
    phase: "write",
    error: "WriteTimeout",
    prepare: () =>
      prepare(answerOnce, {
        warmUp: (client, url) => client.get(url),
        call: (client, url, options) => client.post(url, { ...options, content: endless() }),
      }),
  },
  "read of the head": {
    phase: "read",
    error: "ReadTimeout",
    prepare: () => prepare(answerOnce, { warmUp: (client, url) => client.get(url), call: get }),
  },
  "read of the body": {
    phase: "read",
    error: "ReadTimeout",
    prepare: () =>
      prepare(async (peer) => {
        await answerOnce(peer);
        await peer.readSome();
        await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
      }, { warmUp: (client, url) => client.get(url), call: get }),
  },
  "stream of HTTP/2": {
    phase: "pool",
    error: "PoolTimeout",
    prepare: () =>
      prepare(answerOneStream, {
        http1: false,
        http2: true,
        limits: { maxConnections: 1 },
        warmUp: async (client, url) => {
          await client.get(url);
          client.get(url).catch(() => {}); // takes the only stream, and is never answered
        },
        call: get,
      }),
  },
  "window of HTTP/2": {
    phase: "write",
    error: "WriteTimeout",
    prepare: () =>
      prepare(answerOneStream, {
        http1: false,
        http2: true,
        warmUp: (client, url) => client.get(url),
        call: (client, url, options) => client.post(url, { ...options, content: endless() }),
      }),
  },
  "100 Continue": {
    phase: "read",
    error: "ReadTimeout",
    prepare: () =>
      prepare(answerOnce, {
        warmUp: (client, url) => client.get(url),
        call: (client, url, options) =>
          client.post(url, { ...options, headers: { Expect: "100-continue" }, content: "content" }),
      }),
  },
  replay: {
    phase: "read",
    error: "ReadTimeout",
    prepare: () => {
      let accepted = 0;
      return prepare(async (peer) => {
        if (++accepted > 1) return;
        await answerOnce(peer);
        await peer.readSome();
        peer.close();
      }, { warmUp: (client, url) => client.get(url), call: get });
    },
  },
};

const LIMITS = ["total", "signal", "phase"] as const;

/** What is given with a call, and what it must come to. */
function limitOf(kind: typeof LIMITS[number], { phase, error }: Wait) {
  if (kind === "total") {
    const timeout = new Timeout(null, { total: LIMIT_MS });
    return { start: () => ({ timeout }), expected: `${error} by timeout.total` };
  }
  if (kind === "phase") {
    const timeout = new Timeout(null, { [phase]: LIMIT_MS });
    return { start: () => ({ timeout }), expected: `${error} by timeout.${phase}` };
  }
  return { start: () => ({ signal: AbortSignal.timeout(LIMIT_MS) }), expected: "TimeoutError" };
}

/** How a call ended, in a word or two. */
async function outcomeOf(prepared: Prepared, options: RequestOptions): Promise<string> {
  const startedAt = performance.now();
  let stopWaiting = () => {};
  const hang = new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve("hangs"), HANG_MS);
    stopWaiting = () => clearTimeout(timer);
  });
  const ended = prepared.call(options).then(
    () => "was answered",
    (error: Error) => {
      const [, limit] = /\(timeout\.(\w+)\)/.exec(error.message) ?? [];
      return limit === undefined ? error.name : `${error.name} by timeout.${limit}`;
    },
  );
  const outcome = await Promise.race([ended, hang]);
  stopWaiting();
  return performance.now() - startedAt < LIMIT_MS - 2 ? `${outcome}, too early` : outcome;
}

/** Blocks the event loop at each turn until the returned function is called. */
function keepBusy(): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const block = () => {
    for (const end = performance.now() + BLOCKED_MS; performance.now() < end;);
    timer = setTimeout(block, 0);
  };
  timer = setTimeout(block, 0);
  return () => clearTimeout(timer);
}

describe("Every wait ends at its limit, with the error of that limit", () => {
  const cases = Object.entries(WAITS).flatMap(([name, wait]) =>
    LIMITS.map((kind) => ({ name: `${name} × ${kind}`, wait, ...limitOf(kind, wait) }))
  );
  for (const loop of ["quiet", "busy"] as const) {
    it(`on a ${loop} event loop`, async () => {
      const prepared = await Promise.all(cases.map(({ wait }) => wait.prepare()));
      const stop = loop === "busy" ? keepBusy() : () => {};
      const outcomes = await Promise.all(
        cases.map(({ start }, i) => outcomeOf(prepared[i] as Prepared, start())),
      );
      stop();
      await Promise.all(prepared.map((one) => one[Symbol.asyncDispose]()));
      assertEquals(
        outcomes.map((outcome, i) => `${cases[i]?.name}: ${outcome}`),
        cases.map(({ name, expected }) => `${name}: ${expected}`),
      );
    });
  }
});
