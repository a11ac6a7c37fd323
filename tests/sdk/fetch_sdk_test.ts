/** Packages of npm that take a `fetch`, given `client.fetch`, against a local server. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Client } from "@httpx/httpx";
import { startLocalServer } from "../support/local_server.ts";
import { npmPackageIfAvailable, parseNpmSpecifier } from "../support/npm.ts";

type Fetch = Client["fetch"];

/** As much of @octokit/core as is used here. */
interface OctokitPackage {
  Octokit: new (options: { baseUrl: string; auth?: string; request: { fetch: Fetch } }) => {
    request(route: string, parameters?: object): Promise<{ status: number; data: unknown }>;
  };
}

/** As much of openai as is used here. */
interface OpenAIPackage {
  OpenAI: new (options: { baseURL: string; apiKey: string; fetch: Fetch; maxRetries: number }) => {
    chat: {
      completions: {
        create(
          body: object,
          options?: { signal: AbortSignal },
        ): Promise<AsyncIterable<{ choices: { delta: { content: string } }[] }>>;
      };
    };
  };
  APIConnectionError: new () => Error;
  APIUserAbortError: new () => Error;
}

async function load<Package>(specifier: string): Promise<Package | null> {
  const folder = await npmPackageIfAvailable(specifier);
  if (folder === null) return null;
  const { name } = parseNpmSpecifier(specifier);
  try {
    return createRequire(join(folder, "package.json"))(name); // itself, by name
  } catch {
    return await import(`npm:${specifier}`); // Deno finds what an ES module of npm imports only so
  }
}

const octokit = await load<OctokitPackage>("@octokit/core@7");
const openai = await load<OpenAIPackage>("openai@6");

describe("client.fetch in @octokit/core", () => {
  const test = octokit === null ? it.skip : it;
  const { Octokit } = octokit ?? {} as OctokitPackage; // skipped then

  test("gets and posts JSON, and follows redirects", async () => {
    await using server = await startLocalServer((request, response) => {
      if (request.target === "/repos/old/x") {
        return void response.writeHead(301, { location: "/repos/new/x" }).end();
      }
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ at: request.target, body: request.body }));
    });
    await using client = new Client({ headers: { "x-client": "1" } });
    const github = new Octokit({
      baseUrl: server.url,
      auth: "t",
      request: { fetch: client.fetch },
    });
    const got = await github.request("GET /repos/{owner}/{repo}", { owner: "old", repo: "x" });
    assertEquals(got, { ...got, status: 200, data: { at: "/repos/new/x", body: "" } });
    const posted = await github.request("POST /issues", { title: "a" });
    assertEquals(posted.data, { at: "/issues", body: '{"title":"a"}' });
    const [first] = server.received;
    assertEquals([first?.headers.authorization, first?.headers["x-client"]], ["token t", "1"]);
    assertEquals(server.accepted, 1);
  });

  test("tells of a status as it always does", async () => {
    await using server = await startLocalServer((_request, response) => {
      response.writeHead(404, { "content-type": "application/json" }).end('{"message":"no"}');
    });
    await using client = new Client();
    const github = new Octokit({ baseUrl: server.url, request: { fetch: client.fetch } });
    const error = await assertRejects(() => github.request("GET /x"), Error, "no");
    assertEquals(Reflect.get(error, "status"), 404);
  });
});

describe("client.fetch in openai", () => {
  const test = openai === null ? it.skip : it;
  const { OpenAI, APIConnectionError, APIUserAbortError } = openai ?? {} as OpenAIPackage; // skipped then
  const question = { model: "m", messages: [{ role: "user", content: "hi" }], stream: true };

  function startModel(words: readonly string[], ends = true) {
    return startLocalServer((_request, response) => {
      response.setHeader("content-type", "text/event-stream");
      for (const content of words) {
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
      }
      if (ends) response.end("data: [DONE]\n\n");
    });
  }

  test("streams events", async () => {
    await using server = await startModel(["hel", "lo"]);
    await using client = new Client();
    const model = new OpenAI({
      baseURL: server.url,
      apiKey: "k",
      fetch: client.fetch,
      maxRetries: 0,
    });
    let text = "";
    for await (const event of await model.chat.completions.create(question)) {
      text += event.choices[0]?.delta.content;
    }
    assertEquals(text, "hello");
    const [{ target, headers, body } = { target: "", headers: undefined, body: "" }] =
      server.received;
    assertEquals([target, headers?.authorization], ["/chat/completions", "Bearer k"]);
    assertEquals(JSON.parse(body), question);
  });

  test("stops a stream that is left, and one that is aborted", async () => {
    await using server = await startModel(["a"], false);
    await using client = new Client();
    const model = new OpenAI({
      baseURL: server.url,
      apiKey: "k",
      fetch: client.fetch,
      maxRetries: 0,
    });
    for await (const _ of await model.chat.completions.create(question)) break;
    await server.allClosed();
    const signal = AbortSignal.abort();
    await assertRejects(
      () => model.chat.completions.create(question, { signal }),
      APIUserAbortError,
    );
  });

  test("knows a failed connection", async () => {
    await using client = new Client();
    const options = { baseURL: "http://127.0.0.1:1", apiKey: "k", maxRetries: 0 };
    const model = new OpenAI({ ...options, fetch: client.fetch });
    const error = await assertRejects(
      () => model.chat.completions.create(question),
      APIConnectionError,
    );
    assert(String(Reflect.get(error, "cause")).includes("Cannot connect to 127.0.0.1:1"));
  });
});
