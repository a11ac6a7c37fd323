import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { type ContentInit, encodeContent } from "../../../src/message/content/encode.ts";
import { bytesFrom, textOf, utf8 } from "./chunks.ts";

/** As much of a request's headers as a form asks for. */
const headersOf = (contentType: string | null) => ({ get: () => contentType });

/** Body and headers as one readable value. */
async function encoded(
  init: ContentInit,
  contentType: string | null = null,
): Promise<[string | null, string]> {
  const { source, fields } = encodeContent(init, headersOf(contentType));
  const lines = fields.flatMap((text, i) => i % 2 === 0 ? [`${text}: ${fields[i + 1]}`] : []);
  return [source === null ? null : textOf(await bytesFrom(source)), lines.join(", ")];
}

const NOTHING: [null, string] = [null, ""];
const CHUNKED = "Transfer-Encoding: chunked";

describe("encodeContent with content", () => {
  const TABLE:
    readonly (readonly [make: () => ContentInit["content"], body: [string | null, string]])[] = [
      [() => undefined, NOTHING],
      [() => null, NOTHING],
      [() => "", NOTHING],
      [() => new Uint8Array(0), NOTHING],
      [() => "é", ["é", "Content-Length: 2"]],
      [() => utf8("ab"), ["ab", "Content-Length: 2"]],
      [() => utf8("ab").buffer, ["ab", "Content-Length: 2"]],
      [() => new Blob(["ab"]), ["ab", "Content-Length: 2"]],
      [() => new Blob(["ab"], { type: "x/y" }), ["ab", "Content-Length: 2, Content-Type: x/y"]],
      [() => new Blob([], { type: "x/y" }), ["", "Content-Length: 0, Content-Type: x/y"]],
      [() => new Response("ab").body, ["ab", CHUNKED]],
      [() => [utf8("a"), utf8("b")], ["ab", CHUNKED]],
      [() => [], ["", CHUNKED]],
    ];
  it("sends bytes as they are, and says how many", async () => {
    for (const [make, body] of TABLE) assertEquals(await encoded({ content: make() }), body);
  });

  it("refuses what holds no bytes and points to the option that takes it", () => {
    const forms = [new FormData(), new URLSearchParams("a=1")];
    for (const content of [{ a: 1 }, 1, true, new Date(0), ...forms]) {
      assertThrows(
        () => encodeContent({ content: content as unknown as string }, headersOf(null)),
        TypeError,
        "there are json and data",
      );
    }
  });
});

describe("encodeContent with json", () => {
  const TABLE: readonly (readonly [value: unknown, text: string])[] = [
    [{ a: [1, "é", null, true] }, '{"a":[1,"é",null,true]}'],
    [null, "null"],
    ["", '""'],
    [0, "0"],
    [{ a: undefined }, "{}"],
    [[undefined], "[null]"],
    [{ a: new Date(0) }, '{"a":"1970-01-01T00:00:00.000Z"}'],
    [{ toJSON: () => ({ b: 1 }) }, '{"b":1}'],
  ];
  it("writes compact JSON", async () => {
    for (const [json, text] of TABLE) {
      const head = `Content-Length: ${utf8(text).length}, Content-Type: application/json`;
      assertEquals(await encoded({ json }), [text, head]);
    }
    assertEquals(await encoded({ json: undefined }), NOTHING);
  });

  it("refuses what JSON cannot write", () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const cases: readonly (readonly [value: unknown, message: string])[] = [
      [NaN, "it is NaN"],
      [{ a: { b: [1, -Infinity] } }, '"1" is -Infinity'],
      [{ price: NaN }, '"price" is NaN'],
      [{ a: null, price: new Number(NaN) }, '"price" is NaN'],
      [() => 1, "function has no JSON form"],
      [Symbol("s"), "symbol has no JSON form"],
      [{ toJSON: () => undefined }, "has no JSON form"],
      [circular, "Cannot encode json: "],
      [{ a: 1n }, "Cannot encode json: "],
    ];
    for (const [json, message] of cases) {
      assertThrows(() => encodeContent({ json }, headersOf(null)), TypeError, message);
    }
  });

  it("lets an error of a toJSON() through", () => {
    const failure = new RangeError("mine");
    const json = {
      toJSON: () => {
        throw failure;
      },
    };
    try {
      encodeContent({ json }, headersOf(null));
      throw new Error("It did not throw");
    } catch (error) {
      assertStrictEquals(error, failure);
    }
  });
});

describe("encodeContent with data and files", () => {
  it("sends a form URL-encoded", async () => {
    const form = "Content-Type: application/x-www-form-urlencoded";
    assertEquals(await encoded({ data: { a: "b c", d: [1, 2] } }), [
      "a=b+c&d=1&d=2",
      `Content-Length: 13, ${form}`,
    ]);
    assertEquals(await encoded({ data: new URLSearchParams("a=b") }), [
      "a=b",
      `Content-Length: 3, ${form}`,
    ]);
    assertEquals(await encoded({ data: {} }), NOTHING);
    assertEquals(await encoded({ data: {}, files: {} }), NOTHING);
    assertEquals(await encoded({ data: { a: 1 }, files: {} }), [
      "a=1",
      `Content-Length: 3, ${form}`,
    ]);
  });

  it("sends a FormData, and a form with files, as multipart", async () => {
    const form = new FormData();
    form.append("a", "1");
    for (const init of [{ data: form }, { data: form, files: {} }]) {
      const [body, head] = await encoded(init);
      assertMatch(
        head,
        /^Content-Length: \d+, Content-Type: multipart\/form-data; boundary=[0-9a-f]{32}$/,
      );
      assertEquals(body?.includes('name="a"\r\n\r\n1\r\n'), true);
    }
    const [body, head] = await encoded({ data: form, files: { f: new Response("x").body ?? "" } });
    assertMatch(head, /^Transfer-Encoding: chunked, Content-Type: multipart\/form-data; boundary=/);
    assertMatch(body ?? "", /name="a"[^]*name="f"/);
  });

  it("takes the boundary of the Content-Type that is there", async () => {
    const [body] = await encoded({ files: { f: "x" } }, "multipart/form-data; boundary=mine");
    assertEquals(body?.startsWith("--mine\r\n"), true);
    assertThrows(
      () => encodeContent({ files: { f: "x" } }, headersOf("multipart/form-data")),
      TypeError,
      "it has no boundary",
    );
  });

  it("takes any boundary to the header", () => {
    const { fields } = encodeContent(
      { files: { f: "x" } },
      headersOf('multipart/form-data; boundary="a b"'),
    );
    assertEquals(fields.at(-1), 'multipart/form-data; boundary="a b"');
  });
});

describe("encodeContent with two bodies", () => {
  const bodies = { content: "x", data: {}, files: {}, json: null };
  const CASES: readonly (readonly [options: readonly (keyof ContentInit)[], message: string])[] = [
    [["content", "json"], "content and json"],
    [["content", "data"], "content and data"],
    [["content", "files"], "content and files"],
    [["data", "json"], "data and json"],
    [["data", "files", "json"], "data+files and json"],
    [["content", "data", "files", "json"], "content and data+files and json"],
  ];
  it("refuses and names them", () => {
    for (const [options, names] of CASES) {
      const init = Object.fromEntries(options.map((option) => [option, bodies[option]]));
      assertThrows(
        () => encodeContent(init, headersOf(null)),
        TypeError,
        `Cannot send ${names} at once`,
      );
    }
  });
});
