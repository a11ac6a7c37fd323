import { describe, it } from "@std/testing/bdd";
import { assert, assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import {
  Headers,
  headersFromLines,
  headersFromSection,
  type HeadersInit,
} from "../../src/message/headers.ts";
import { FieldSection } from "../../src/semantics/fields.ts";
import { inspect } from "node:util";
import { seeded } from "../support/random.ts";

const received = () =>
  headersFromSection(
    new FieldSection(
      "Server: x\r\nSet-Cookie: a=1\r\nVary: Accept\r\nset-cookie: b=2\r\nVARY: Origin\r\n",
    ),
  );

describe("Headers", () => {
  describe("constructor", () => {
    const same: Record<string, HeadersInit> = {
      "a record": { "X-A": "1", "X-B": "2" },
      "pairs": [["X-A", "1"], ["X-B", "2"]],
      "a Map": new Map([["X-A", "1"], ["X-B", "2"]]),
      "a generator": (function* (): Generator<[string, string]> {
        yield ["X-A", "1"];
        yield ["X-B", "2"];
      })(),
      "web Headers": new globalThis.Headers({ "X-A": "1", "X-B": "2" }),
      "its own kind": new Headers({ "X-A": "1", "X-B": "2" }),
    };
    for (const [kind, init] of Object.entries(same)) {
      it(`takes ${kind}`, () => {
        assertEquals([...new Headers(init)], [["x-a", "1"], ["x-b", "2"]]);
      });
    }

    it("takes nothing", () => {
      for (const init of [undefined, null, {}, []]) assertEquals([...new Headers(init)], []);
    });

    it("makes a line of each item of a list in a record", () => {
      const headers = new Headers({ accept: ["a", "b"], empty: [] });
      assertEquals(headers.lines, ["accept", "a", "accept", "b"]);
    });

    it("keeps the separate Set-Cookie lines of web Headers", () => {
      const web = new globalThis.Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
      assertEquals(new Headers(web).getSetCookie(), ["a=1", "b=2"]);
    });

    it("refuses what is neither record nor pairs", () => {
      // deno-lint-ignore no-explicit-any
      const anything = (init: unknown) => new Headers(init as any);
      assertThrows(() => anything("accept: a"), TypeError, "Cannot make headers of a string");
      assertThrows(() => anything(["accept: a"]), TypeError, "pair");
      assertThrows(() => anything(["ab"]), TypeError, "pair");
      assertThrows(() => anything([["a", "b", "c"]]), TypeError, "pair");
      assertThrows(() => anything([["a"]]), TypeError, "pair");
      assertThrows(() => anything({ a: null }), TypeError, 'header "a": value is null');
      assertThrows(() => anything({ a: {} }), TypeError, 'header "a": value is object');
    });

    it("leaves out what is undefined", () => {
      assertEquals(new Headers({ a: undefined, b: ["1", undefined] }).lines, ["b", "1"]);
      assertEquals(new Headers([["a", undefined], ["b", 1]]).lines, ["b", "1"]);
    });

    it("makes text of numbers and booleans, as fetch does", () => {
      // deno-lint-ignore no-explicit-any
      const headers = new Headers({ a: 1, b: 2n, c: true } as any);
      assertEquals(headers.lines, ["a", "1", "b", "2", "c", "true"]);
    });
  });

  describe("names and values", () => {
    for (const name of ["", "a b", "a:", "a\r\n", "é", "a\0", '"a"']) {
      it(`refuses the name ${JSON.stringify(name)}`, () => {
        assertThrows(() => new Headers([[name, "v"]]), TypeError);
        assertThrows(() => new Headers().set(name, "v"), TypeError);
        assertThrows(() => new Headers().get(name), TypeError, "no header can have this name");
        assertThrows(() => new Headers().has(name), TypeError);
        assertThrows(() => new Headers().delete(name), TypeError);
      });
    }

    for (
      const value of [
        "secret\r\nx: y",
        "secret\n",
        "\rsecret",
        "se\0cret",
        "secret\u20ac",
        "secret\ud83d\ude00",
      ]
    ) {
      it(`refuses the value ${JSON.stringify(value)} and does not show it`, () => {
        const error = assertThrows(() => new Headers().append("X-A", value), TypeError) as Error;
        assertStringIncludes(error.message, 'Cannot set header "X-A"');
        assertFalse(error.message.includes("cret"));
      });
    }

    it("strips blanks around a value", () => {
      assertEquals(new Headers({ a: " \t b c\t " }).lines, ["a", "b c"]);
    });

    it("leaves everything as it was when it refuses", () => {
      const headers = new Headers({ a: "1" });
      assertThrows(() => headers.set("a", "\n"));
      assertThrows(() => headers.update({ b: "2", a: "\n" }));
      assertEquals(headers.lines, ["a", "1"]);
    });

    it("reads UTF-8 as UTF-8 and other bytes as Latin-1, each line for itself", () => {
      const headers = headersFromLines([
        "a",
        "caf\xc3\xa9",
        "b",
        "caf\xe9",
        "a",
        "caf\xe9",
        "c",
        "\xef\xbb\xbfx",
      ]);
      assertEquals(headers.get("a"), "café, café");
      assertEquals(headers.get("b"), "café");
      assertEquals(headers.get("c"), "\ufeffx");
      assertEquals(headers.getList("a"), ["café", "café"]);
      assertEquals(headers.multiItems()[0], ["a", "café"]);
    });

    it("reads bytes the same whether the section is split yet or not", () => {
      const section = () =>
        headersFromSection(new FieldSection("A: caf\xc3\xa9\r\nA: caf\xe9\r\n"));
      const split = section();
      assertEquals(split.lines.length, 4);
      assertEquals(section().get("a"), split.get("a"));
    });

    it("sends Latin-1 characters as one byte each", () => {
      const headers = new Headers({ a: "é" });
      assertEquals(headers.raw[0]?.[1], new Uint8Array([0xe9]));
      assertEquals(headers.get("a"), "é");
    });
  });

  it("get() finds a name in any case and joins its lines", () => {
    for (const headers of [received(), headersFromLines(received().lines)]) {
      assertEquals(headers.get("vary"), "Accept, Origin");
      assertEquals(headers.get("VARY"), "Accept, Origin");
      assertEquals(headers.get("set-cookie"), "a=1, b=2");
      assertEquals(headers.get("varyx"), null);
      assertEquals(headers.get("var"), null);
    }
  });

  it("get() finds names of every character a token can have, and only them", () => {
    const characters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
    for (const name of characters) {
      const headers = new Headers([[name, "v"]]);
      for (const other of characters) assertEquals(headers.has(other), other === name);
      assert(headers.has(name.toUpperCase()));
    }
  });

  it("get() tells an empty value from none", () => {
    const headers = new Headers({ a: "" });
    assertEquals(headers.get("a"), "");
    assert(headers.has("a"));
  });

  it("getList() splits commas only when asked", () => {
    const headers = new Headers({ a: ["1, 2", "3"] });
    assertEquals(headers.getList("A"), ["1, 2", "3"]);
    assertEquals(headers.getList("A", true), ["1", "2", "3"]);
    assertEquals(headers.getList("b", true), []);
  });

  it("set() replaces the first line in its place and deletes the others", () => {
    const headers = headersFromLines(["A", "1", "B", "2", "a", "3", "C", "4", "A", "5"]);
    headers.set("a", "x");
    assertEquals(headers.lines, ["a", "x", "B", "2", "C", "4"]);
    headers.set("D", "y");
    assertEquals(headers.lines.slice(-2), ["D", "y"]);
  });

  it("append() keeps the lines that are there", () => {
    const headers = new Headers({ A: "1" });
    headers.append("a", "2");
    assertEquals(headers.lines, ["A", "1", "a", "2"]);
  });

  it("delete() deletes all lines of a name and minds no absent one", () => {
    const headers = headersFromLines(["A", "1", "B", "2", "a", "3"]);
    headers.delete("A");
    headers.delete("nothing");
    assertEquals(headers.lines, ["B", "2"]);
  });

  it("update() puts given names at the end, with all their lines, as httpx does", () => {
    const headers = headersFromLines(["Host", "h", "Accept", "*/*", "X", "1", "x", "2"]);
    headers.update([["ACCEPT", "a"], ["Y", "3"], ["accept", "b"]]);
    assertEquals(headers.lines, [
      ..."Host h X 1 x 2 ACCEPT a Y 3 accept b".split(" "),
    ]);
  });

  it("update() with itself changes nothing", () => {
    const headers = new Headers({ a: ["1", "2"] });
    headers.update(headers);
    assertEquals(headers.lines, ["a", "1", "a", "2"]);
  });

  it("mergedWith() leaves both alone", () => {
    const base = new Headers({ a: "1", b: "2" });
    const own = new Headers({ A: "3" });
    const merged = base.mergedWith(own);
    merged.set("b", "4");
    merged.append("c", "5");
    assertEquals(merged.lines, ["b", "4", "A", "3", "c", "5"]);
    assertEquals(base.lines, ["a", "1", "b", "2"]);
    assertEquals(own.lines, ["A", "3"]);
  });

  it("mergedWith() shares no changes where one side is empty", () => {
    const base = new Headers({ a: "1" });
    const merged = base.mergedWith(new Headers());
    base.set("a", "2");
    assertEquals(merged.get("a"), "1");
    const other = new Headers({ b: "1" });
    const taken = new Headers().mergedWith(other);
    taken.set("b", "2");
    assertEquals(other.get("b"), "1");
  });

  it("copy() is independent both ways, before and after a change, and over a section", () => {
    for (const make of [received, () => new Headers({ Server: "x" })]) {
      const original = make();
      const copy = original.copy();
      copy.set("server", "copy");
      original.set("server", "original");
      const second = original.copy();
      original.delete("server");
      assertEquals(copy.get("server"), "copy");
      assertEquals(second.get("server"), "original");
      assertFalse(original.has("server"));
    }
  });

  it("lines is a snapshot", () => {
    const headers = new Headers({ a: "1" });
    const lines = headers.lines;
    headers.append("b", "2");
    headers.set("a", "3");
    assertEquals(lines, ["a", "1"]);
    const later = headers.lines;
    headers.delete("a");
    assertEquals(later, ["a", "3", "b", "2"]);
  });

  it("fromLines() never changes the list it was given", () => {
    const lines = Object.freeze(["A", "1"]);
    const headers = headersFromLines(lines);
    headers.append("B", "2");
    headers.update({ a: "3" });
    assertEquals(lines, ["A", "1"]);
  });

  it("raw has names and values as bytes, in their case and order", () => {
    const text = new TextDecoder("latin1");
    assertEquals(
      new Headers({ "X-A": "1", "x-b": "é" }).raw.map((pair) => pair.map((b) => text.decode(b))),
      [["X-A", "1"], ["x-b", "é"]],
    );
  });

  it("iterates in original order, lower case, joined but for Set-Cookie", () => {
    const expected = [
      ["server", "x"],
      ["set-cookie", "a=1"],
      ["vary", "Accept, Origin"],
      ["set-cookie", "b=2"],
    ];
    const headers = received();
    assertEquals([...headers], expected);
    assertEquals([...headers.entries()], expected);
    assertEquals([...headers.keys()], expected.map(([name]) => name));
    assertEquals([...headers.values()], expected.map(([, value]) => value));
    const seen: unknown[] = [];
    headers.forEach(function (this: unknown, value, name, parent) {
      seen.push([name, value]);
      assertEquals(this, 7);
      assert(parent === headers);
    }, 7);
    assertEquals(seen, expected);
    assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
  });

  it("multiItems() has every line", () => {
    assertEquals(received().multiItems().map(([name]) => name), [
      "server",
      "set-cookie",
      "vary",
      "set-cookie",
      "vary",
    ]);
  });

  it("equals() minds neither order nor case of names", () => {
    const headers = new Headers({ A: "1", b: ["2", "3"] });
    assert(headers.equals([["B", "3"], ["a", "1"], ["b", "2"]]));
    assertFalse(headers.equals({ a: "1", b: "2" }));
    assertFalse(headers.equals({ a: "1", b: "2, 3" }));
    assertFalse(headers.equals({ a: "1", b: ["2", "4"] }));
  });

  it("is taken by the runtime's own Headers and Request", () => {
    const headers = new Headers({ "X-A": ["1", "2"], "X-B": "3" });
    const web: globalThis.Headers = headers;
    assertEquals(new globalThis.Headers(web).get("x-a"), "1, 2");
    const request = new globalThis.Request("http://localhost/", { headers });
    assertEquals(request.headers.get("x-b"), "3");
  });

  it("shows no credentials to whoever prints it", () => {
    const headers = new Headers({
      Accept: "*/*",
      "X-Quote": 'a"b',
      Authorization: "Bearer s3cret",
      "Proxy-Authorization": "Basic s3cret",
      Cookie: "s3cret",
      "Set-Cookie": "s3cret",
      "X-API-Key": "s3cret",
    });
    const expected = 'Headers { accept: "*/*", "x-quote": "a\\"b", authorization: "[secure]", ' +
      '"proxy-authorization": "[secure]", cookie: "[secure]", "set-cookie": "[secure]", ' +
      '"x-api-key": "[secure]" }';
    assertEquals(String(headers), expected);
    assertEquals(inspect(headers), expected);
    assertStringIncludes(inspect({ headers }), expected);
    if ("Deno" in globalThis) assertEquals(Deno.inspect(headers), expected);
    assertFalse(JSON.stringify(headers).includes("s3cret"));
    assertEquals(headers.toJSON()["accept"], "*/*");
    assertEquals(headers.get("authorization"), "Bearer s3cret");
    assertEquals(String(new Headers()), "Headers {}");
  });

  it("agrees with a naive model through random operations", () => {
    const random = seeded(20_231);
    const names = ["A", "a", "b", "B", "cc", "Set-Cookie"];
    for (let round = 0; round < 200; round++) {
      let model: [string, string][] = [];
      const headers = new Headers();
      const snapshots: [Headers, string][] = [];
      for (let step = 0; step < 30; step++) {
        const name = names[random(names.length)] ?? "a";
        const lower = name.toLowerCase();
        const value = String(random(100));
        const isOther = ([other]: [string, string]) => other.toLowerCase() !== lower;
        switch (random(6)) {
          case 0:
            headers.append(name, value);
            model.push([name, value]);
            break;
          case 1: {
            headers.set(name, value);
            const first = model.findIndex((item) => !isOther(item));
            if (first < 0) model.push([name, value]);
            else {
              model = model.filter((item, i) => i === first || isOther(item))
                .map((item) => isOther(item) ? item : [name, value]);
            }
            break;
          }
          case 2:
            headers.delete(name);
            model = model.filter(isOther);
            break;
          case 3:
            headers.update([[name, value], [name, "x"]]);
            model = [...model.filter(isOther), [name, value], [name, "x"]];
            break;
          case 4:
            snapshots.push([headers.copy(), JSON.stringify(model.flat())]);
            break;
          default:
            snapshots.push([headersFromLines(headers.lines), JSON.stringify(model.flat())]);
        }
        assertEquals(headers.lines, model.flat());
        const values = model.filter((item) => !isOther(item)).map(([, v]) => v);
        assertEquals(headers.getList(name), values);
        assertEquals(headers.get(name), values.length === 0 ? null : values.join(", "));
        assertEquals(headers.has(name), values.length > 0);
      }
      for (const [copy, expected] of snapshots) assertEquals(JSON.stringify(copy.lines), expected);
    }
  });
});
