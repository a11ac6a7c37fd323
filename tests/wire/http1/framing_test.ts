import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RemoteProtocolError } from "../../../src/errors.ts";
import { type FramingFacts, responseFraming } from "../../../src/wire/http1/framing.ts";

const GET_200: FramingFacts = {
  method: "GET",
  status: 200,
  transferEncoding: null,
  contentLength: null,
};

/** RFC 9112 §6.3, step by step: what is known, and which body follows. */
const STEPS: readonly (readonly [step: string, facts: Partial<FramingFacts>, body: string])[] = [
  ["1: HEAD", { method: "HEAD", contentLength: 5 }, "none"],
  ["1: HEAD and chunks", { method: "HEAD", transferEncoding: "chunked" }, "none"],
  ["1: HEAD and nonsense", { method: "HEAD", contentLength: "x" }, "none"],
  ["1: 100", { status: 100, contentLength: 5 }, "none"],
  ["1: 204", { status: 204, transferEncoding: "chunked" }, "none"],
  ["1: 304", { status: 304, contentLength: 5 }, "none"],
  ["2: a refused CONNECT is like any other", { method: "CONNECT", status: 407 }, "untilClose"],
  ["3: both", { transferEncoding: "chunked", contentLength: 5 }, "chunked"],
  ["3: both, the length malformed", { transferEncoding: "chunked", contentLength: "x" }, "chunked"],
  ["4: chunked", { transferEncoding: "chunked" }, "chunked"],
  ["4: chunked in any case", { transferEncoding: "CHUNKED" }, "chunked"],
  ["4: not chunked", { transferEncoding: "identity" }, "untilClose"],
  ["5: one value, repeated", { contentLength: "5, 5,\t5" }, "fixed 5"],
  ["6: a length", { contentLength: 5 }, "fixed 5"],
  ["6: none", { contentLength: 0 }, "fixed 0"],
  ["6: leading zeros", { contentLength: "0000000000000005" }, "fixed 5"],
  ["6: the largest", { contentLength: "9007199254740991" }, "fixed 9007199254740991"],
  ["8: neither", {}, "untilClose"],
  ["8: neither, an error", { status: 500 }, "untilClose"],
];

const REFUSED: readonly (readonly [facts: Partial<FramingFacts>, error: string])[] = [
  [{ contentLength: "5, 6" }, 'conflicting Content-Length values "5, 6"'],
  [{ contentLength: "5,5,05" }, "conflicting Content-Length"],
  [{ contentLength: "5," }, "conflicting Content-Length"],
  [{ contentLength: "x, x" }, 'malformed Content-Length "x, x"'],
  [{ contentLength: "," }, "malformed Content-Length"],
  [{ contentLength: "" }, 'malformed Content-Length ""'],
  [{ contentLength: "9007199254740992" }, "malformed Content-Length"],
  [{ contentLength: "\x00\xe9" }, 'malformed Content-Length "??"'],
  [{ contentLength: "٥" }, "malformed Content-Length"],
  [{ contentLength: "x".repeat(1000) }, `malformed Content-Length "${"x".repeat(40)}"`],
  [{ transferEncoding: "" }, 'unsupported Transfer-Encoding ""'],
  [{ transferEncoding: "gzip, chunked" }, 'unsupported Transfer-Encoding "gzip, chunked"'],
  [{ transferEncoding: "chunked, identity" }, "unsupported Transfer-Encoding"],
  [{ transferEncoding: "chunked, chunked" }, "unsupported Transfer-Encoding"],
  [{ transferEncoding: "chunked;q=1" }, "unsupported Transfer-Encoding"],
  [{ transferEncoding: "\x0bchunked" }, "unsupported Transfer-Encoding"],
  [{ transferEncoding: "x", contentLength: 5 }, "unsupported Transfer-Encoding"],
];

describe("responseFraming()", () => {
  for (const [step, facts, body] of STEPS) {
    it(`step ${step}: ${body}`, () => {
      const framing = responseFraming({ ...GET_200, ...facts });
      assertEquals(framing.kind === "fixed" ? `fixed ${framing.length}` : framing.kind, body);
    });
  }

  for (const [facts, error] of REFUSED) {
    it(`refuses ${JSON.stringify(facts).slice(0, 80)}`, () => {
      assertThrows(
        () => responseFraming({ ...GET_200, ...facts }),
        RemoteProtocolError,
        error,
      );
    });
  }
});
