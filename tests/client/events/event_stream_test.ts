import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  ConnectError,
  HTTPStatusError,
  MockTransport,
  ReadTimeout,
  RemoteProtocolError,
  type Request,
  Response,
} from "@httpx/httpx";
import type { EventStreamOptions } from "../../../src/client/events/event_options.ts";

const URL_A = "https://a.test/events";
const headers = { "content-type": "text/event-stream; charset=utf-8" };
const quick = { baseMs: 1, maxMs: 1 };

type Answer = Response | Error | ((request: Request) => Response);

/** A client whose server gives these answers in turn, then 204; and what it was asked. */
function scripted(...answers: Answer[]): { client: Client; requests: Request[] } {
  const requests: Request[] = [];
  const transport = new MockTransport((request) => {
    requests.push(request);
    const answer = answers.shift() ?? new Response(204);
    if (answer instanceof Error) throw answer;
    return typeof answer === "function" ? answer(request) : answer;
  });
  return { client: new Client({ transport }), requests };
}

function stream(text: string): Response {
  return new Response(200, { headers, content: text });
}

/** A stream that goes on until it is closed. */
function endless(...texts: string[]): Response {
  const source = {
    async *[Symbol.asyncIterator]() {
      for (const text of texts) yield new TextEncoder().encode(text);
      await new Promise(() => {});
    },
  };
  return new Response(200, { headers, stream: source });
}

async function dataOf(client: Client, options: EventStreamOptions = {}): Promise<string[]> {
  const seen: string[] = [];
  await using events = client.events("GET", URL_A, { reconnect: quick, ...options });
  for await (const { data } of events) seen.push(data);
  return seen;
}

describe("client.events()", () => {
  it("goes on where the last connection ended, until 204", async () => {
    const { client, requests } = scripted(
      stream("id: 1\ndata: a\n\n"),
      stream("data: b\n\nid: 3\n\ndata: open at the end\n"),
      stream("id\ndata: c\n\n"),
    );
    assertEquals(await dataOf(client), ["a", "b", "c"]);
    const ids = requests.map((request) => request.headers.get("last-event-id"));
    assertEquals(ids, [null, "1", "3", null]);
    assertEquals(requests[0]?.headers.get("accept"), "text/event-stream");
  });

  it("gives each event the id that counts, over connections too", async () => {
    const { client } = scripted(stream("id: 1\ndata: a\n\n"), stream("data: b\n\n"));
    const ids: string[] = [];
    for await (const event of client.events("GET", URL_A, { reconnect: quick })) {
      ids.push(event.lastEventId);
    }
    assertEquals(ids, ["1", "1"]);
  });

  it("begins after lastEventId", async () => {
    const { client, requests } = scripted();
    const events = client.events("GET", URL_A, { lastEventId: "7" });
    assertEquals(events.lastEventId, "7");
    assertEquals((await events.next()).done, true);
    assertEquals(requests[0]?.headers.get("last-event-id"), "7");
  });

  it("reports each reconnection: after which error, from where", async () => {
    const broken = new ConnectError("no way");
    const { client } = scripted(
      stream("id: 1\nretry: 2\ndata: a\n\n"),
      broken,
      stream("data: b\n\n"),
    );
    const reported: unknown[] = [];
    await dataOf(client, {
      reconnect: { baseMs: 1000, random: () => 0 },
      onReconnect: ({ attempt, delayMs, error, lastEventId }) =>
        reported.push([attempt, delayMs, error, lastEventId]),
    });
    assertEquals(reported, [[1, 2, null, "1"], [2, 2, broken, "1"], [1, 2, null, "1"]]);
  });

  it("runs auth for each attempt, and reads the jar anew", async () => {
    const set = { ...headers, "set-cookie": "a=1" };
    const { client, requests } = scripted(
      new Response(200, { headers: set, content: "data: a\n\n" }),
    );
    let signed = 0;
    await dataOf(client, {
      auth: (request) => {
        request.headers.set("x-signature", `${++signed}`);
        return request;
      },
    });
    assertEquals(
      requests.map(({ headers }) => [headers.get("x-signature"), headers.get("cookie")]),
      [["1", null], ["2", "a=1"]],
    );
  });

  it("throws the status of a refusal, with its body", async () => {
    const { client, requests } = scripted(
      new Response(404, { json: { detail: "no such stream" } }),
    );
    const error = await assertRejects(() => dataOf(client), HTTPStatusError);
    assertEquals(await error.response.json(), { detail: "no such stream" });
    assertEquals(requests.length, 1);
  });

  it("throws for another type of content, and closes it", async () => {
    const { client } = scripted(new Response(200, { json: {} }));
    const error = await assertRejects(() => dataOf(client), RemoteProtocolError);
    assertEquals(
      error.message,
      "Cannot read events of GET https://a.test/events: its Content-Type is application/json; " +
        "an event stream is text/event-stream",
    );
  });

  it("tries again after statuses that pass, as often as reconnect.limit says", async () => {
    const { client, requests } = scripted(...Array.from({ length: 9 }, () => new Response(503)));
    const reconnect = { ...quick, limit: 4 };
    const error = await assertRejects(() => dataOf(client, { reconnect }), HTTPStatusError);
    assertEquals([error.response.status, requests.length], [503, 4]);
  });

  it("throws at once if the stream was never open, unless reconnect was given", async () => {
    const { client, requests } = scripted(new ConnectError("refused"));
    await assertRejects(() => client.events("GET", URL_A).next(), ConnectError);
    assertEquals(requests.length, 1);
  });

  it("does not reconnect a POST by default, nor a body that can be sent once", async () => {
    const first = scripted(stream("data: a\n\n"), stream("data: b\n\n"));
    const seen: string[] = [];
    for await (const { data } of first.client.events("POST", URL_A, { json: 1 })) seen.push(data);
    assertEquals([seen, first.requests.length], [["a"], 1]);

    const second = scripted(stream("data: a\n\n"), stream("data: b\n\n"));
    const content = new Blob(["x"]).stream();
    const events = second.client.events("POST", URL_A, { content, reconnect: true });
    for await (const { data } of events) seen.push(data);
    assertEquals([seen, second.requests.length], [["a", "a"], 1]);
  });

  it("reconnects a POST on demand", async () => {
    const { client, requests } = scripted(stream("data: a\n\n"), stream("data: b\n\n"));
    const seen: string[] = [];
    const events = client.events("POST", URL_A, { json: { a: 1 }, reconnect: quick });
    for await (const { data } of events) seen.push(data);
    assertEquals([seen, requests.length], [["a", "b"], 3]);
    assertEquals(requests.map(({ content }) => content.length), [7, 7, 7]);
  });

  it("closes its response when the loop is left, and is over then", async () => {
    const { client } = scripted(endless("data: a\n\n"));
    const opened: Response[] = [];
    const events = client.events("GET", URL_A, {
      onOpen: (response) => void opened.push(response),
    });
    assertEquals(events.state, "connecting");
    for await (const _ of events) {
      assertEquals(events.state, "open");
      break;
    }
    assertEquals([opened.map(({ isClosed }) => isClosed), events.state], [[true], "closed"]);
    assertEquals((await events.next()).done, true);
  });

  it("ends a wait for an event, and one for another attempt, without an error", async () => {
    for (const answer of [endless("data: a\n\n"), stream("data: a\n\n")]) {
      const { client } = scripted(answer);
      const events = client.events("GET", URL_A, { reconnect: { baseMs: 60_000 } });
      await events.next();
      const next = events.next();
      await new Promise((resolve) => setTimeout(resolve, 0));
      await events.close();
      assertEquals((await next).done, true);
    }
  });

  it("rejects with the signal's reason, while it connects, receives and waits", async () => {
    for (const answer of [endless(), endless("data: a\n\n"), stream("data: a\n\n")]) {
      const { client } = scripted(answer);
      const controller = new AbortController();
      const reason = new Error("enough");
      const events = client.events("GET", URL_A, {
        signal: controller.signal,
        reconnect: { baseMs: 60_000 },
      });
      const all = (async () => {
        for await (const _ of events);
      })();
      setTimeout(() => controller.abort(reason), 5);
      assertEquals(await assertRejects(() => all), reason);
      assertEquals(events.state, "closed");
    }
  });

  it("reconnects when no event comes within eventMs, comments or not", async () => {
    const { client } = scripted(endless("data: a\n\n", ":\n\n"), stream("data: b\n\n"));
    const errors: unknown[] = [];
    const seen = await dataOf(client, {
      eventMs: 20,
      onReconnect: ({ error }) => errors.push(error),
    });
    assertEquals(seen, ["a", "b"]);
    assertInstanceOf(errors[0], ReadTimeout);
    assertEquals(
      errors[0].message,
      "Timed out receiving GET https://a.test/events: no event within 20 ms (eventMs)",
    );
  });

  const table: [options: Record<string, unknown>, message: string][] = [
    [{ reconnect: "yes" }, 'Cannot use option "reconnect": give true, false or an object'],
    [{ reconnect: { limit: -1 } }, 'Cannot use option "reconnect.limit": give a number, 0 or more'],
    [
      { reconnect: { baseMs: NaN } },
      'Cannot use option "reconnect.baseMs": give a number, 0 or more',
    ],
    [{ silenceMs: 0 }, 'Cannot use option "silenceMs": give a number above 0'],
    [{ eventMs: -1 }, 'Cannot use option "eventMs": give a number above 0'],
    [{ maxEventLength: 0 }, 'Cannot use option "maxEventLength": give a number above 0'],
    [{ lastEventId: 7 }, 'Cannot use option "lastEventId": give a string'],
  ];
  for (const [options, message] of table) {
    it(`refuses ${JSON.stringify(options)} at once`, () => {
      const { client } = scripted();
      const call = () => client.events("GET", URL_A, options as EventStreamOptions);
      assertEquals(assertThrows(call, TypeError).message, message);
    });
  }
});
