import { describe, it } from "@std/testing/bdd";
import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import { mergeIntoURL, QueryParams, type QueryParamsInit } from "../../src/message/query_params.ts";
import { inspect } from "node:util";

const written = (init?: QueryParamsInit | null) => new QueryParams(init).toString();

describe("QueryParams", () => {
  describe("constructor", () => {
    const rows: [string, QueryParamsInit | null | undefined, string][] = [
      ["nothing", undefined, ""],
      ["null", null, ""],
      ["an empty string", "", ""],
      ["a string", "a=1&b=2&a=3", "a=1&b=2&a=3"],
      ["a string with its question mark", "?a=1", "a=1"],
      ["a second question mark as part of the key", "??a=1", "%3Fa=1"],
      ["blank values and bare keys", "a=&b&=c", "a=&b=&=c"],
      ["empty pieces as nothing", "&&a=1&&", "a=1"],
      ["an equals sign in a value", "a=b=c", "a=b%3Dc"],
      ["plus and %20 as spaces", "a+b=c%20d", "a%20b=c%20d"],
      ["broken escapes as they are", "a=%zz%4", "a=%25zz%254"],
      ["broken UTF-8 as U+FFFD", "a=%ff", "a=%EF%BF%BD"],
      ["escaped separators as content", "a=%26%3D%2B", "a=%26%3D%2B"],
      ["a record", { a: "1", b: 2 }, "a=1&b=2"],
      ["a list in a record", { a: [1, "x", true] }, "a=1&a=x&a=true"],
      ["an empty list as nothing", { a: [], b: 1 }, "b=1"],
      [
        "booleans, null and bigints",
        { t: true, f: false, n: null, i: 10n },
        "t=true&f=false&n=&i=10",
      ],
      ["undefined as nothing", { a: undefined, b: [undefined, 1] }, "b=1"],
      ["pairs", [["a", 1], ["b", [2, 3]], ["a", null]], "a=1&b=2&b=3&a="],
      ["a Map", new Map([["a", 1]]), "a=1"],
      ["URLSearchParams", new URLSearchParams("a=1&a=2"), "a=1&a=2"],
      ["its own kind", new QueryParams("a=1&a=2"), "a=1&a=2"],
    ];
    for (const [kind, init, expected] of rows) {
      it(`reads ${kind}`, () => assertEquals(written(init), expected));
    }

    it("refuses values that have no one text", () => {
      // deno-lint-ignore no-explicit-any
      const anything = (init: unknown) => new QueryParams(init as any);
      assertThrows(() => anything({ when: new Date(0) }), TypeError, 'query parameter "when"');
      assertThrows(() => anything({ a: [[1]] }), TypeError, 'query parameter "a"');
      assertThrows(() => anything({ a: Symbol("x") }), TypeError, "symbol");
      assertThrows(() => anything(["a=1"]), TypeError, "pairs");
      assertThrows(() => anything(7), TypeError, "number");
    });
  });

  it("toString() leaves only unreserved characters unescaped", () => {
    let all = "";
    for (let code = 0x20; code < 0x7f; code++) all += String.fromCharCode(code);
    assertEquals(
      written({ "": all }),
      "=%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40" +
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~",
    );
    assertEquals(written({ "ü": "€\u{1f600}" }), "%C3%BC=%E2%82%AC%F0%9F%98%80");
    assertEquals(written({ a: "\ud800" }), "a=%EF%BF%BD");
  });

  it("reads back what it wrote, and so does URLSearchParams", () => {
    const pairs: [string, string][] = [["a b", "c+d&e=f"], ["%41", "%"], ["ü/'", "\n"], ["", ""]];
    const text = written(pairs);
    assertEquals(new QueryParams(text).multiItems(), pairs);
    assertEquals([...new URLSearchParams(text)], pairs);
  });

  it("looks up first and all values", () => {
    const params = new QueryParams("a=1&b=2&a=3");
    assertEquals(params.get("a"), "1");
    assertEquals(params.get("c"), null);
    assertEquals(params.getList("a"), ["1", "3"]);
    assertEquals(params.getList("c"), []);
    assert(params.has("b"));
    assertFalse(params.has("B"));
    assertEquals(params.size, 3);
    assertEquals(params.keys(), ["a", "b"]);
    assertEquals(params.values(), ["1", "2"]);
    assertEquals(params.items(), [["a", "1"], ["b", "2"]]);
    assertEquals(params.multiItems(), [["a", "1"], ["b", "2"], ["a", "3"]]);
    assertEquals([...params], params.multiItems());
  });

  it("set, add, remove and merge give new objects", () => {
    const params = new QueryParams("a=1&b=2&a=3");
    assertEquals(String(params.set("a", 9)), "a=9&b=2");
    assertEquals(String(params.set("a", [8, 9])), "a=8&a=9&b=2");
    assertEquals(String(params.set("c", null)), "a=1&b=2&a=3&c=");
    assertEquals(String(params.set("a", undefined)), "b=2");
    assertEquals(String(params.add("b", [4, 5])), "a=1&b=2&a=3&b=4&b=5");
    assertEquals(String(params.remove("a")), "b=2");
    assertEquals(String(params.merge("b=7&d=1&b=8")), "a=1&b=7&b=8&a=3&d=1");
    assertEquals(String(params.merge({})), "a=1&b=2&a=3");
    assertEquals(String(params), "a=1&b=2&a=3");
  });

  it("gives away no list that could change it", () => {
    const params = new QueryParams("a=1");
    params.multiItems().push(["b", "2"]);
    for (const pair of params) pair[1] = "9";
    assertEquals(String(params), "a=1");
  });

  it("equals() minds the order of values, not of keys", () => {
    const params = new QueryParams("a=1&b=2&a=3");
    assert(params.equals("b=2&a=1&a=3"));
    assert(params.equals({ a: [1, 3], b: "2" }));
    assertFalse(params.equals("a=3&b=2&a=1"));
    assertFalse(params.equals("a=1&b=2"));
    assertFalse(params.equals("a=1&a=3&c=2"));
  });

  it("prints its query without tokens", () => {
    const params = new QueryParams({ q: "x y", access_token: "s3cret" });
    assertEquals(inspect(params), 'QueryParams("q=x%20y&access_token=[secure]")');
    assertEquals(JSON.stringify({ params: new QueryParams("a=1") }), '{"params":"a=1"}');
  });
});

describe("mergeIntoURL()", () => {
  const rows: [string, string, QueryParamsInit, string][] = [
    ["adds to a URL without query", "http://h/p", { a: 1 }, "http://h/p?a=1"],
    ["adds to an empty query", "http://h/p?", { a: 1 }, "http://h/p?a=1"],
    ["adds behind the URL's own", "http://h/?x=1", { a: 1 }, "http://h/?x=1&a=1"],
    ["keeps the fragment", "http://h/?x=1#f?y", { a: 1 }, "http://h/?x=1&a=1#f?y"],
    [
      "replaces a key where it stood",
      "http://h/?a=1&b=2&a=3",
      { a: [4, 5] },
      "http://h/?a=4&a=5&b=2",
    ],
    [
      "knows a key however it is escaped",
      "http://h/?%61+%20b=1",
      { "a  b": 2 },
      "http://h/?a%20%20b=2",
    ],
    [
      "keeps all else byte for byte",
      "http://h/?b=c+d%2f%zz'&&e&=f",
      { a: 1 },
      "http://h/?b=c+d%2f%zz%27&&e&=f&a=1",
    ],
    [
      "keeps the order of what is given",
      "http://h/",
      [["a", 1], ["b", 2], ["a", 3]],
      "http://h/?a=1&b=2&a=3",
    ],
    ["keeps path and userinfo", "http://u:p@h:81/a%2fb", { a: "/" }, "http://u:p@h:81/a%2fb?a=%2F"],
  ];
  for (const [fact, url, params, expected] of rows) {
    it(
      fact,
      () => assertEquals(mergeIntoURL(new URL(url), new QueryParams(params)).href, expected),
    );
  }

  it("leaves the given URL alone, and returns it where there is nothing to merge", () => {
    const url = new URL("http://h/?a=1");
    mergeIntoURL(url, new QueryParams("a=2"));
    assertEquals(url.href, "http://h/?a=1");
    assertStrictEquals(mergeIntoURL(url, new QueryParams()), url);
  });
});
