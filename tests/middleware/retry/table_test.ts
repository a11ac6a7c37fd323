/**
 * Every kind of failure × method × body: how many tries there are, what the server has seen of them, how long the waits
 * are, what the call comes to, and what becomes of its connections. The servers are real, the waits are on a time that
 * leaps.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HTTPTransport, type HTTPTransportOptions, Request, Timeout } from "@httpx/httpx";
import { CallDeadline } from "../../../src/clock/call_deadline.ts";
import { checkRetry } from "../../../src/message/retry_options.ts";
import { compose } from "../../../src/middleware/middleware.ts";
import { makeRetrier } from "../../../src/middleware/retry/retry.ts";
import { servers } from "../../support/certificates.ts";
import { frame, T, uint32 } from "../../support/http2/frames.ts";
import { StepTime } from "../../support/time/step_time.ts";
import {
  type Answer,
  type FailingServer,
  startHTTP1,
  startHTTP2,
  startResetting,
} from "./support/failing_server.ts";

const METHODS = ["GET", "PUT", "POST", "POST with Idempotency-Key", "QUERY"] as const;

const encoder = new TextEncoder();
const BODIES: Readonly<Record<string, () => ConstructorParameters<typeof Request>[2]>> = {
  "no body": () => ({}),
  "bytes": () => ({ content: encoder.encode("content") }),
  "a file": () => ({ content: new Blob(["content"]) }),
  "a one-shot stream": () => ({
    content: (async function* () {
      yield encoder.encode("content");
    })(),
  }),
};

/** What one call came to. */
interface Result {
  readonly tries: number;
  /** Requests that the server has read. */
  readonly seen: number;
  readonly delays: readonly number[];
  readonly outcome: string;
  /** How many were made; `null` if the runtime decides it. */
  readonly connections: number | null;
}

/** One kind of failure. */
interface Row {
  readonly failure: string;
  start(): Promise<FailingServer>;
  readonly transport?: HTTPTransportOptions;
  readonly totalMs?: number;
  readonly readMs?: number;
  readonly baseMs?: number;
  readonly abortsOnRetry?: boolean;
  /** Sends a request before, which leaves its connection idle. */
  readonly warmsUp?: boolean;
  /** How often the call is tried, for each method; with a body that can be sent once it is tried once. */
  readonly tries: readonly number[];
  /** The rest of the result. */
  result(tries: number, method: string, isOnce: boolean): Omit<Result, "tries">;
}

const respond = (text: string): Answer => async (peer) => {
  await peer.send(text);
  return "keep";
};
const busy = (status: string, ...fields: string[]) =>
  `HTTP/1.1 ${status}\r\n${
    fields.map((field) => `${field}\r\n`).join("")
  }Content-Length: 4\r\n\r\nbusy`;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A response of this status each time, on one connection that is kept. */
function statusRow(
  failure: string,
  text: string,
  known: Partial<Row> & { wait?: number } = {},
): Row {
  const { wait, ...row } = known;
  const status = text.slice("HTTP/1.1 ".length, text.indexOf("\r\n"));
  return {
    failure,
    start: () => startHTTP1(respond(text)),
    tries: [3, 3, 1, 3, 3],
    result: (tries) => ({
      seen: tries,
      delays: wait === undefined ? [100, 200].slice(0, tries - 1) : Array(tries - 1).fill(wait),
      outcome: status,
      connections: 1,
    }),
    ...row,
  };
}

/**
 * The transport itself sends a refused request once more, on a new connection, so each try is seen twice; unless the
 * body was begun and can't be begun again. GOAWAY ends the connection as well.
 */
function refusedRow(
  failure: string,
  { answer, isGoingAway }: {
    readonly answer: (streamId: number) => Uint8Array;
    readonly isGoingAway: boolean;
  },
): Row {
  return {
    failure,
    start: () => startHTTP2(answer),
    transport: { http1: false, http2: true },
    tries: [3, 3, 3, 3, 3],
    result: (tries, _, isOnce) => ({
      seen: isOnce ? 1 : 2 * tries,
      delays: [100, 200].slice(0, tries - 1),
      outcome: "RemoteProtocolError",
      connections: isOnce ? 1 : isGoingAway ? 2 * tries : tries + 1,
    }),
  };
}

async function startClosed(): Promise<FailingServer> {
  const server = await startHTTP1(respond(OK));
  await server[Symbol.asyncDispose]();
  return server;
}

const ROWS: readonly Row[] = [
  {
    failure: "connect refused",
    start: startClosed,
    tries: [3, 3, 3, 3, 3],
    result: (tries) => ({
      seen: 0,
      delays: [100, 200].slice(0, tries - 1),
      outcome: "ConnectError",
      connections: 0,
    }),
  },
  {
    failure: "reset before the head was sent",
    start: startResetting,
    tries: [3, 3, 3, 3, 3],
    result: (tries) => ({
      seen: 0,
      delays: [100, 200].slice(0, tries - 1),
      outcome: "ConnectError",
      connections: tries,
    }),
  },
  {
    failure: "closed on a reused connection",
    // The first request of a connection is answered; the second ends it.
    start: () =>
      startHTTP1(async (peer, { here }) => {
        if (here === 1) return await respond(OK)(peer, { here, total: here });
        peer.close();
        return "over";
      }),
    warmsUp: true,
    // The transport itself repeats GET, PUT and QUERY: one try. It knows nothing of Idempotency-Key.
    tries: [1, 1, 1, 2, 1],
    result: (tries, method, isOnce) => {
      const isRepeated = method !== "POST" && !isOnce;
      return {
        seen: isRepeated ? 2 : 1,
        delays: [100].slice(0, tries - 1),
        outcome: isRepeated ? "200 OK" : "RemoteProtocolError",
        connections: isRepeated ? 1 : 0,
      };
    },
  },
  statusRow("503", busy("503 Service Unavailable")),
  statusRow("503 with Retry-After in seconds", busy("503 Service Unavailable", "Retry-After: 2"), {
    wait: 2000,
  }),
  statusRow(
    "503 with Retry-After as a date",
    busy(
      "503 Service Unavailable",
      "Date: Sun, 06 Nov 1994 08:49:37 GMT",
      "Retry-After: Sun, 06 Nov 1994 08:49:40 GMT",
    ),
    { wait: 3000 },
  ),
  statusRow(
    "503 with an absurd Retry-After",
    busy("503 Service Unavailable", "Retry-After: 86400"),
    {
      tries: [1, 1, 1, 1, 1],
    },
  ),
  statusRow("429", busy("429 Too Many Requests")),
  refusedRow("REFUSED_STREAM", {
    answer: (streamId) => frame(T.RST_STREAM, 0, streamId, uint32(7)),
    isGoingAway: false,
  }),
  refusedRow("GOAWAY", {
    answer: (streamId) =>
      frame(T.GOAWAY, 0, 0, [...uint32(Math.max(0, streamId - 2)), ...uint32(0)]),
    isGoingAway: true,
  }),
  {
    failure: "read timeout",
    start: () => startHTTP1(() => new Promise(() => {})),
    readMs: 40,
    tries: [3, 3, 1, 3, 3],
    result: (tries) => ({
      seen: tries,
      delays: [100, 200].slice(0, tries - 1),
      outcome: "ReadTimeout",
      connections: tries,
    }),
  },
  {
    failure: "truncated body while reading",
    start: () =>
      startHTTP1(async (peer) => {
        await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        peer.close();
        return "over";
      }),
    tries: [3, 3, 1, 3, 3],
    result: (tries) => ({
      seen: tries,
      delays: [100, 200].slice(0, tries - 1),
      outcome: "RemoteProtocolError",
      connections: tries,
    }),
  },
  {
    failure: "bad certificate",
    start: () => startHTTP1(respond(OK), { tls: servers.selfSigned }),
    tries: [1, 1, 1, 1, 1],
    // Some runtimes need a second one to say what is wrong with the certificate.
    result: () => ({ seen: 0, delays: [], outcome: "ConnectError", connections: null }),
  },
  statusRow("abort during the wait", busy("503 Service Unavailable"), {
    abortsOnRetry: true,
    tries: [1, 1, 1, 1, 1],
    result: (_, method, isOnce) => ({
      seen: 1,
      delays: [],
      outcome: method === "POST" || isOnce ? "503 Service Unavailable" : "aborted",
      connections: 1,
    }),
  }),
  statusRow("total too short for the next wait", busy("503 Service Unavailable"), {
    totalMs: 20_000,
    baseMs: 20_000,
    tries: [1, 1, 1, 1, 1],
  }),
];

/** One call: its request, its transport, its time. */
async function run(row: Row, server: FailingServer, method: string, body: string): Promise<Result> {
  const time = new StepTime();
  const controller = new AbortController();
  const waits: number[] = [];
  let tries = 1;
  const rules = checkRetry({
    backoff: { baseMs: row.baseMs ?? 100, jitter: "none" },
    budget: null,
    onRetry: ({ waitMs }) => {
      if (row.abortsOnRetry) return queueMicrotask(() => controller.abort("aborted"));
      tries++;
      waits.push(waitMs ?? NaN);
    },
  });
  await using transport = new HTTPTransport(row.transport);
  if (row.warmsUp) await (await transport.handleRequest(new Request("GET", server.url))).read();
  server.reset();
  const [name = "", key] = method.split(" with ");
  const request = new Request(name, server.url, {
    ...BODIES[body]?.(),
    headers: key === undefined ? {} : { [key]: "7" },
    signal: row.abortsOnRetry ? controller.signal : null,
    extensions: {
      timeout: new Timeout(5000, { read: row.readMs ?? 5000, total: row.totalMs ?? null }),
    },
  });
  const { signal } = request;
  const init = { totalMs: row.totalMs ?? null, signal, request };
  // A total is the transport's business, too, which goes by the real time.
  const deadline = row.totalMs === undefined
    ? new CallDeadline(init, time)
    : new CallDeadline(init);
  request.extensions.call = { isStreamed: false, deadline };
  const retrying = compose(
    { handleRequest: (sent) => transport.handleRequest(sent) },
    makeRetrier(rules, time),
  );
  const began = time.now();
  const outcome = await time.run(retrying.handleRequest(request)).then(
    async (response) => {
      await response.read();
      return `${response.status} ${response.statusText}`;
    },
    (error) => error instanceof Error ? error.name : String(error),
  );
  // The waits are as long as they were announced.
  if (!row.abortsOnRetry) {
    assertEquals(
      time.now() - began,
      waits.reduce((sum, wait) => sum + wait, 0),
    );
  }
  return { tries, seen: server.requests, delays: waits, outcome, connections: server.connections };
}

describe("A failed request", () => {
  for (const row of ROWS) {
    it(`by ${row.failure}`, async () => {
      await using server = await row.start();
      const results: Record<string, Result> = {};
      const expected: Record<string, Result> = {};
      for (const [index, method] of METHODS.entries()) {
        for (const body of Object.keys(BODIES)) {
          const isOnce = body === "a one-shot stream";
          const tries = isOnce ? 1 : row.tries[index] ?? NaN;
          const cell = `${method}, ${body}`;
          expected[cell] = { tries, ...row.result(tries, method, isOnce) };
          const result = await run(row, server, method, body);
          const isCounted = expected[cell]?.connections !== null;
          results[cell] = isCounted ? result : { ...result, connections: null };
        }
      }
      assertEquals(results, expected);
    });
  }
});
