import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LocalProtocolError } from "../../src/errors.ts";
import {
  addFraming,
  checkFraming,
  CONNECTION_FIELDS,
  isFramingName,
  NO_FRAMING,
  ruleFor,
} from "../../src/semantics/connection_fields.ts";

describe("CONNECTION_FIELDS", () => {
  it("has a rule for every field of RFC 9113 §8.2.2 over HTTP/2", () => {
    for (
      const name of ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]
    ) assertEquals(["drop", "refuse"].includes(ruleFor(name, "http2")), true, name);
  });

  it("lets every other field go over every route", () => {
    for (const name of ["accept", "toString", "__proto__", "x-connection"]) {
      assertEquals(
        (["http1", "http2", "fetch"] as const).map((route) => ruleFor(name, route)),
        ["send", "send", "send"],
      );
    }
  });

  it("has lower-case names", () => {
    for (const name of Object.keys(CONNECTION_FIELDS)) assertEquals(name, name.toLowerCase());
  });
});

describe("addFraming()", () => {
  const add = (...fields: readonly [name: string, value: string][]) =>
    fields.reduce((framing, [name, value]) => addFraming(framing, name, value), NO_FRAMING);

  it("reads a length and chunks", () => {
    assertEquals(add(["Content-Length", "12"]), { kind: "fixed", length: 12 });
    assertEquals(add(["transfer-encoding", "Chunked"]), { kind: "chunked" });
  });

  const refused = [
    [[["Content-Length", "-1"]], 'header "Content-Length" is not a number'],
    [[["Content-Length", ""]], 'header "Content-Length" is not a number'],
    [[["Content-Length", "1, 1"]], 'header "Content-Length" is not a number'],
    [[["Transfer-Encoding", "gzip, chunked"]], 'header "Transfer-Encoding" can only be "chunked"'],
    [[["content-length", "1"], ["Content-Length", "1"]], '"Content-Length" is given twice'],
    [
      [["Transfer-Encoding", "chunked"], ["Transfer-Encoding", "chunked"]],
      '"Transfer-Encoding" is given twice',
    ],
    [[["Content-Length", "1"], ["Transfer-Encoding", "chunked"]], "exclude each other"],
    [[["Transfer-Encoding", "chunked"], ["Content-Length", "1"]], "exclude each other"],
  ] as const;
  for (const [fields, message] of refused) {
    it(`refuses ${JSON.stringify(fields)}`, () => {
      assertThrows(
        () => add(...fields.map(([n, v]) => [n, v] as [string, string])),
        LocalProtocolError,
        message,
      );
    });
  }
});

describe("checkFraming()", () => {
  it("takes a length that fits, one that can't be checked yet, and chunks of any content", () => {
    checkFraming({ kind: "fixed", length: 3 }, 3);
    checkFraming({ kind: "fixed", length: 3 }, null);
    checkFraming({ kind: "chunked" }, 3);
    checkFraming({ kind: "chunked" }, 0);
    checkFraming(NO_FRAMING, 3);
  });

  it("names the field that contradicts the content", () => {
    for (const bytes of [0, 2, 4]) {
      assertThrows(
        () => checkFraming({ kind: "fixed", length: 3 }, bytes),
        LocalProtocolError,
        `header "Content-Length" is 3, but the content has ${bytes} bytes`,
      );
    }
  });
});

describe("isFramingName()", () => {
  it("knows two names, in any case", () => {
    const names = ["Content-Length", "TRANSFER-ENCODING", "content-lengtH", "Content-Lengths", "X"];
    assertEquals(names.map(isFramingName), [true, true, true, false, false]);
  });
});
