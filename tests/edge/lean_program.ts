/**
 * What the small entry does where its full sister would do more, as facts that hold or not. A program of its own (run by
 * lean_test.ts): wherever another entry is loaded too, that one hands in its parts.
 */
import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  Client,
  type ClientOptions,
  type Cookies,
  DecodingError,
  FetchTransport,
  InvalidURL,
  Request,
  Response,
} from "@httpx/httpx/fetch";

const URL_A = "https://a.test/";

/** A client whose requests come back as JSON, with a cookie. */
function echoing(options: { cookies?: Cookies } = {}): Client {
  const transport = new FetchTransport({
    fetch: async (input, init) => {
      const request = new globalThis.Request(input, init);
      const headers = { ...Object.fromEntries(request.headers), body: await request.text() };
      return globalThis.Response.json(headers, { headers: { "set-cookie": "s=1" } });
    },
  });
  return new Client({ transport, ...options });
}

const facts: Readonly<Record<string, () => void | Promise<void>>> = {
  "keeps no cookies by itself": async () => {
    await using client = echoing();
    assertEquals((await client.get(URL_A)).headers.getSetCookie(), ["s=1"]);
    const { cookie } = await (await client.get(URL_A)).json<Record<string, string>>();
    assertEquals(cookie, undefined);
    assertThrows(() => client.cookies, Error, "Cannot use cookies: there is no jar");
    assertThrows(
      () => new Client({ cookies: { a: "1" } }),
      TypeError,
      'Cannot use option "cookies": there is no jar; import "@httpx/httpx/fetch/full"',
    );
  },

  "keeps them in a jar that it is given": async () => {
    const taken: unknown[] = [];
    // As much of a jar as a client uses; the full entry has a whole one.
    const jar = {
      size: 1,
      headerFor: () => "j=2",
      extractFrom: (url: URL, values: readonly string[]) => taken.push(url.href, values),
    } as unknown as Cookies;
    await using client = echoing({ cookies: jar });
    const { cookie } = await (await client.get(URL_A)).json<Record<string, string>>();
    assertEquals([cookie, taken, client.cookies === jar], ["j=2", [URL_A, ["s=1"]], true]);
  },

  "sends the cookies of a call": async () => {
    await using client = echoing();
    const response = await client.get(URL_A, { cookies: { a: "1", b: "2" } });
    assertEquals((await response.json<Record<string, string>>()).cookie, "a=1; b=2");
    const cookies = [["a", "1"], ["b", "é"], ["a", "2"]] as const;
    const request = new Request("GET", URL_A, { cookies });
    assertEquals(request.headers.get("cookie"), "a=2; b=é");
    for (const cookies of [{ "a;b": "1" }, { a: "1;2" }, { "": "1" }]) {
      assertThrows(() => new Request("GET", URL_A, { cookies }), TypeError, "Cannot set ");
    }
  },

  "says where the cookies of a response are": () => {
    const response = new Response(200, { headers: { "set-cookie": "s=1" } });
    assertThrows(() => response.cookies, Error, 'import "@httpx/httpx/fetch/full"');
  },

  "sends a FormData, again where that is asked for, and no files": async () => {
    const data = new FormData();
    data.set("file", new File(["abc"], "a.txt", { type: "text/plain" }));
    const request = new Request("POST", URL_A, { data });
    const type = request.headers.get("content-type") ?? "";
    assertMatch(type, /^multipart\/form-data; ?boundary=/);
    for (let i = 0; i < 2; i++) {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for await (const chunk of request.stream) chunks.push(chunk.slice());
      const body = new globalThis.Response(new Blob(chunks), { headers: { "content-type": type } });
      const file = (await body.formData()).get("file");
      assertEquals(file instanceof File && [file.name, await file.text()], ["a.txt", "abc"]);
    }
    const files = { file: "abc" };
    assertThrows(() => new Request("POST", URL_A, { files }), TypeError, "Cannot send files: ");
    const fields = new Request("POST", URL_A, { data: { a: 1 }, files: {} });
    assertEquals(new TextDecoder().decode(fields.content), "a=1");
  },

  "decodes what fetch has decoded, and nothing else": async () => {
    const headers = { "content-encoding": "gzip" };
    const response = new Response(200, { headers, content: new Uint8Array(9) });
    await assertRejects(() => response.text(), DecodingError, "Cannot decode gzip content");
    const streamed = new Response(200, { headers, stream: [new Uint8Array(9)] });
    await assertRejects(() => streamed.iterBytes().next(), DecodingError, "Cannot decode gzip");
  },

  "names the coding that its runtime's fetch leaves": async () => {
    const fetch = () => {
      const headers = { "content-encoding": "deflate" };
      return Promise.resolve(new globalThis.Response("…", { headers }));
    };
    await using client = new Client({ transport: new FetchTransport({ fetch }) });
    const text = await client.get(URL_A).then((response) => response.text(), (error) => {
      assertInstanceOf(error, DecodingError);
      return error.message;
    });
    const isDeno = navigator.userAgent.startsWith("Deno");
    assertMatch(text, isDeno ? /^Cannot decode deflate content: only fetch decodes/ : /^…$/);
  },

  "lists the options there are, and mounts nothing": () => {
    const options = { timeOut: 1 } as ClientOptions;
    assertThrows(() => new Client(options), TypeError, "there is none of that name; there are ");
    assertThrows(
      () => new Client({ mounts: { "all://": new FetchTransport() } }),
      TypeError,
      'Cannot use option "mounts": give a transport that chooses, or import',
    );
  },

  "says what a whole URL is": async () => {
    await using client = new Client();
    const wanted = 'Cannot parse URL "a.test/": give a whole URL, such as https://example.org/';
    assertThrows(() => client.buildRequest("GET", "a.test/"), InvalidURL, wanted);
  },

  "has no fetch of its own, and the phrases of servers alone": async () => {
    await using client = echoing();
    await assertRejects(() => client.fetch(URL_A), TypeError, "Cannot fetch with this client: ");
    assertEquals(String(new Response(404)), "<Response [404]>");
    const request = new Request("GET", URL_A);
    const message = 'Client error "404" for url "https://a.test/"';
    assertThrows(() => new Response(404, { request }).raiseForStatus(), Error, message);
  },

  "knows the charsets of the web": async () => {
    const headers = { "content-type": "text/plain; charset=shift_jis" };
    const content = Uint8Array.of(0x83, 0x65);
    assertEquals(await new Response(200, { headers, content }).text(), "テ");
    assertThrows(() => new Client({ defaultEncoding: "latin-1" }), TypeError, "defaultEncoding");
  },
};

const report: Record<string, string> = {};
for (const [fact, check] of Object.entries(facts)) {
  try {
    await check();
    report[fact] = "holds";
  } catch (error) {
    report[fact] = String(error);
  }
}
console.log(JSON.stringify(report));
