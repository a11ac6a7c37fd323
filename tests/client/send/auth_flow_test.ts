import { assert, assertEquals, assertExists, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Auth,
  type BodiedOptions,
  Client,
  ConnectError,
  Request,
  Response,
  type Transport,
} from "@httpx/httpx";
import { clientOf, countdown, redirect, watched } from "./mock_client.ts";

/** Asks for a token when it is refused, as often as it is. */
class TokenAuth extends Auth {
  readonly log: string[] = [];
  override *authFlow(request: Request): Generator<Request, void, Response> {
    try {
      let response = yield request;
      while (response.status === 401) {
        request.headers.set("x-token", response.headers.get("x-challenge") ?? "");
        response = yield request;
      }
      this.log.push("done");
    } finally {
      this.log.push("ended");
    }
  }
}

function challenge(request: Request): Response {
  return request.headers.get("x-token") === "7"
    ? new Response(200)
    : new Response(401, { headers: { "x-challenge": "7" } });
}

describe("send() authenticates", () => {
  it("in as many steps as the flow has, those before the last in the history", async () => {
    const auth = new TokenAuth();
    const { client, asked } = clientOf(challenge, { auth });
    const response = await client.get("https://a.test/");
    assertEquals([response.status, asked.length], [200, 2]);
    assertEquals(response.history.map(({ status }) => status), [401]);
    assert(response.history[0]?.isClosed);
    assert(!response.redirected);
    assertEquals(auth.log, ["done", "ended"]);
  });

  it("with async flows", async () => {
    class Async extends Auth {
      override async *asyncAuthFlow(request: Request): AsyncGenerator<Request, void, Response> {
        await Promise.resolve();
        const response = yield request;
        request.headers.set("x-token", await response.text());
        yield request;
      }
    }
    const { client } = clientOf(
      (request) => new Response(200, { text: request.headers.get("x-token") ?? "7" }),
      { auth: new Async() },
    );
    const response = await client.get("https://a.test/");
    assertEquals([await response.text(), response.history.length], ["7", 1]);
  });

  it("reading bodies first where the flow requires them", async () => {
    const seen: string[] = [];
    class Reading extends Auth {
      override readonly requiresRequestBody = true;
      override readonly requiresResponseBody = true;
      override *authFlow(request: Request): Generator<Request, void, Response> {
        seen.push(new TextDecoder().decode(request.content));
        const response = yield request;
        seen.push(new TextDecoder().decode(response.content));
      }
    }
    const body = watched(["an", "swer"]);
    const transport: Transport = {
      handleRequest: () => Promise.resolve(new Response(200, { stream: body.stream })),
    };
    const client = new Client({ transport, auth: new Reading() });
    const content = new Blob(["question"]).stream();
    await client.stream("POST", "https://a.test/", { content });
    assertEquals(seen, ["question", "answer"]);
  });

  it("at the end of redirects, from the first URL again, all of it in the history", async () => {
    const { client, asked } = clientOf((request) => {
      if (request.parsedURL.pathname === "/") return redirect("/in");
      return request.headers.get("x-token") === "7" ? new Response(200) : challenge(request);
    }, { auth: new TokenAuth(), followRedirects: true });
    const response = await client.get("https://a.test/");
    assertEquals(asked.map((line) => line.slice(18)), ["/", "/in", "/", "/in"]);
    assertEquals(response.history.map(({ status }) => status), [302, 401, 302]);
  });

  it("counting redirects anew for each step", async () => {
    const { client } = clientOf((request) => {
      if (request.parsedURL.pathname !== "/0") return countdown(request);
      return challenge(request);
    }, { auth: new TokenAuth(), followRedirects: true, maxRedirects: 3 });
    assertEquals((await client.get("https://a.test/3")).status, 200);
  });

  const precedence: [name: string, options: BodiedOptions, expected: string | null][] = [
    ["the call's", { auth: ["call", "1"] }, "call:1"],
    ["the client's", {}, "client:2"],
    ["the URL's own if the call's is null: that leaves out the client's", { auth: null }, "url:3"],
  ];
  for (const [name, options, expected] of precedence) {
    it(`with ${name}`, async () => {
      const { client } = clientOf(
        (request) => new Response(200, { text: request.headers.get("authorization") ?? "" }),
        { auth: ["client", "2"] },
      );
      const response = await client.request("GET", "https://url:3@a.test/", options);
      const sent = await response.text();
      assertEquals(sent, expected === null ? "" : `Basic ${btoa(expected)}`);
    });
  }

  it("with what stands in the URL, percent-decoded, where there is nothing else", async () => {
    const { client } = clientOf(
      (request) => new Response(200, { text: request.headers.get("authorization") ?? "" }),
    );
    const cases = { "u:p": "u:p", "u%40x:p%3Aw": "u@x:p:w", "u": "u:", "u:%FF": "u:%FF" };
    for (const [userinfo, expected] of Object.entries(cases)) {
      const response = await client.get(`https://${userinfo}@a.test/`);
      assertEquals(await response.text(), `Basic ${btoa(expected)}`);
    }
    assertEquals(await (await client.get("https://a.test/@x")).text(), "");
  });

  it("but not by itself where a redirect led to another origin", async () => {
    const { client } = clientOf((request) => {
      if (request.url === "https://a.test/") return redirect("https://b.test/");
      if (request.url === "https://b.test/") return redirect("/y");
      return new Response(200, { text: request.headers.get("authorization") ?? "none" });
    }, { auth: ["u", "p"] });
    let response = await client.get("https://a.test/");
    for (let hops = 0; hops < 2; hops++) {
      assertExists(response.nextRequest);
      response = await client.send(response.nextRequest);
    }
    assertEquals(await response.text(), "none");
    const own = await client.send(response.request, { auth: ["own", "p"] });
    assertEquals(await own.text(), `Basic ${btoa("own:p")}`);
  });

  it("and ends a flow that is half way when the transport fails", async () => {
    const auth = new TokenAuth();
    const { client } = clientOf(() => {
      throw new ConnectError("no");
    }, { auth });
    await assertRejects(() => client.get("https://a.test/"), ConnectError);
    assertEquals(auth.log, ["ended"]);
  });

  it("and tells the flow what went wrong, whatever it makes of it", async () => {
    const failure = new ConnectError("no");
    const caught: unknown[] = [];
    class Catching extends Auth {
      override *authFlow(request: Request): Generator<Request, void, Response> {
        try {
          yield request;
        } catch (error) {
          caught.push(error);
          if (request.method === "PUT") throw new Error("another");
          yield request;
        }
      }
    }
    const { client, asked } = clientOf(() => {
      throw failure;
    }, { auth: new Catching() });
    await assertRejects(() => client.get("https://a.test/"), ConnectError);
    await assertRejects(() => client.put("https://a.test/"), ConnectError);
    assertEquals([caught, asked.length], [[failure, failure], 2]);
  });

  it("without redirects for a request that a flow wants answered where it is sent", async () => {
    class Asking extends Auth {
      override *authFlow(request: Request): Generator<Request, void, Response> {
        const ask = new Request("POST", "https://auth.test/", {
          extensions: { follow_redirects: false },
        });
        const response = yield ask;
        request.headers.set("x-status", `${response.status}`);
        yield request;
      }
    }
    const { client, asked } = clientOf(
      (request) => request.headers.has("x-status") ? new Response(200) : redirect("/x", 307),
      { auth: new Asking(), followRedirects: true },
    );
    const { request } = await client.get("https://a.test/");
    assertEquals(request.headers.get("x-status"), "307");
    assertEquals(asked, ["POST https://auth.test/", "GET https://a.test/"]);
  });

  it("and closes the response when the flow fails", async () => {
    class Failing extends Auth {
      override *authFlow(request: Request): Generator<Request, void, Response> {
        yield request;
        throw new Error("flow");
      }
    }
    const body = watched(["a"]);
    const { client } = clientOf(() => new Response(200, { stream: body.stream }), {
      auth: new Failing(),
    });
    await assertRejects(() => client.get("https://a.test/"), Error, "flow");
    assertEquals(body.log, ["cancelled"]);
  });

  it("and says so when a flow yields nothing", async () => {
    class Empty extends Auth {
      override *authFlow(): Generator<Request, void, Response> {}
    }
    const { client } = clientOf(challenge, { auth: new Empty() });
    await assertRejects(() => client.get("https://a.test/"), TypeError, "Empty yielded none");
  });
});
