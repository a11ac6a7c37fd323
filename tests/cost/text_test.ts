import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { chooseDigestChallenge, parseParameterList } from "../../src/auth/digest_challenge.ts";
import { Request } from "../../src/message/request.ts";
import { charsetOf, makeTextDecoder } from "../../src/message/content/charset.ts";
import { EventStreamParser } from "../../src/message/content/event_stream.ts";
import { LineSplitter } from "../../src/message/content/lines.ts";
import { parseJSON } from "../../src/message/content/json.ts";
import { linesOf, textOf } from "../../src/message/response/text_stream.ts";
import { maskFieldValue, maskURL } from "../../src/observe/mask.ts";
import { findField, splitList } from "../../src/semantics/fields.ts";
import { matchesPattern, parsePattern } from "../../src/transports/routing/patterns.ts";
import { exclusionsOf } from "../../src/transports/routing/no_proxy.ts";
import { redirectURL } from "../../src/client/send/redirects.ts";
import { targetOf } from "../../src/semantics/target.ts";
import { utf8 } from "../message/content/chunks.ts";
import { assertLinear } from "./growth.ts";

/** Bytes of a response head: no value of a field is longer. */
const HEAD_BYTES = 102_400;

/** For bodies, which have no limit by default. */
const BODY_BYTES = 1_000_000;

/** The longest URL that a `Location` may be. */
const URL_BYTES = 65_000;

/** The same work on one part again and again, as long as the size. */
function onEach(
  parts: readonly string[],
  run: (text: string) => unknown,
  { limit = HEAD_BYTES, before = "" } = {},
) {
  return parts.map((part) =>
    [
      JSON.stringify(before + part),
      {
        make: (size: number) => before + part.repeat(Math.ceil(size / part.length)),
        run: (text: string) => {
          try {
            run(text);
          } catch {
            // It may be refused; what counts is for which price.
          }
        },
        limit,
      },
    ] as const
  );
}

describe("the cost of field values", () => {
  const quoted = ['"', "\\", '"\\"', ",", ", ", 'a="b",', "a=b, ", "=", " ", "\t", "a", "a b"];
  for (const [part, work] of onEach(quoted, splitList)) {
    it(`is linear for a list of ${part}`, () => assertLinear(work));
  }
  for (
    const [part, work] of onEach(quoted, (text) => chooseDigestChallenge([text]), {
      before: "Digest ",
    })
  ) {
    it(`is linear for the challenge ${part}`, () => assertLinear(work));
  }
  for (const part of ["Digest ", "Digest realm=a, ", "x digest,"]) {
    it(`is linear for challenges of ${part}`, () =>
      assertLinear({
        make: (size) => part.repeat(size / part.length),
        run: (text) => {
          try {
            chooseDigestChallenge([text]);
          } catch {
            // None can be answered.
          }
        },
        limit: HEAD_BYTES,
      }));
  }
  for (const [part, work] of onEach(quoted, parseParameterList)) {
    it(`is linear for the parameters ${part}`, () => assertLinear(work));
  }
  for (const [part, work] of onEach([";charset=x", ";", "a"], charsetOf, { before: "a/b" })) {
    it(`is linear for the charset of ${part}`, () => assertLinear(work));
  }

  it("is linear for one field of many lines", () =>
    assertLinear({
      make: (size) => Array.from({ length: size / 2 }, () => ["link", "a"]).flat(),
      run: (lines) => findField(lines, "link")?.length,
      limit: HEAD_BYTES,
    }));
});

describe("the cost of URLs that a peer chooses", () => {
  const request = new Request("GET", "https://example.org/a/b");
  const parts = [
    "a.",
    "a",
    "-",
    "..",
    "@",
    ":",
    "/",
    "//",
    "/../",
    "?",
    "#",
    "&a=b",
    "%",
    "%2e",
    " ",
    "token=",
    "[",
    "é.",
  ];
  for (const before of ["https://", "/", ""]) {
    const works = onEach(parts, (text) => redirectURL(text, request), { before, limit: URL_BYTES });
    for (const [part, work] of works) {
      it(`is linear for the Location ${part}`, () => assertLinear(work));
    }
  }
  for (
    const [part, work] of onEach(parts, maskURL, { before: "https://u:p@h/", limit: URL_BYTES })
  ) {
    it(`is linear for masking ${part}`, () => assertLinear(work));
  }
  for (const name of ["location", "set-cookie", "authorization", "www-authenticate", "link"]) {
    for (
      const [part, work] of onEach(
        ["a.", "=", ";a=b", ",", "://", "@", " "],
        (text) => maskFieldValue(name, text),
      )
    ) {
      it(`is linear for masking ${name}: ${part}`, () => assertLinear(work));
    }
  }

  it("is linear in the labels of a host that is routed", () => {
    const pattern = parsePattern("all://*.example.org");
    const isExcluded = exclusionsOf("a.test,*.example.org,10.0.0.0/8,::1");
    return assertLinear({
      make: (size) => targetOf(new URL(`http://${"a.".repeat(size / 2)}test/`)),
      run: (target) => [matchesPattern(pattern, target), isExcluded(target)],
      limit: URL_BYTES,
    });
  });
});

describe("the cost of text", () => {
  const chunksOf = (size: number, part: string) =>
    Array.from({ length: size / part.length }, () => part);

  for (const part of ["a", "\n", "\r", "\r\n", "a\n", "\r\na", "\u2028"]) {
    it(`is linear for lines of ${JSON.stringify(part)}, whole and piece by piece`, () =>
      assertLinear({
        make: (size) => chunksOf(size, part),
        run(chunks) {
          const [pieces, whole] = [new LineSplitter(), new LineSplitter()];
          let count = 0;
          for (const chunk of chunks) count += pieces.push(chunk).length;
          return [count + pieces.flush().length, whole.push(chunks.join("")).length];
        },
        limit: 200_000,
      }));
  }

  for (
    const part of ["data: a\n", "data:a\n\n", "\n", "id: 1\n", ":\n", "a", "event", "retry: 1\r\n"]
  ) {
    it(`is linear for events of ${JSON.stringify(part)}, whole and byte by byte`, () =>
      assertLinear({
        make: (size) => utf8(part.repeat(size / part.length)),
        run(bytes) {
          let count = 0;
          const onEvent = () => void count++;
          new EventStreamParser().push(bytes, onEvent);
          const parser = new EventStreamParser();
          for (let at = 0; at < bytes.length; at++) {
            parser.push(bytes.subarray(at, at + 1), onEvent);
          }
          return count;
        },
        limit: 50_000, // one packet; between packets the event loop turns
      }));
  }

  for (const [about, size] of [["of any size", undefined], ["in pieces", 100_000]] as const) {
    it(`is linear for text ${about} from bytes that come one by one`, () =>
      assertLinear({
        make: (length) => utf8("é".repeat(length / 2)),
        async run(bytes) {
          async function* each() {
            for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
          }
          let length = 0;
          for await (const text of textOf(each(), { encoding: "utf-8", size })) {
            length += text.length;
          }
          for await (const line of linesOf(textOf(each(), { encoding: "utf-8", size }))) {
            length += line.length;
          }
          assert(length === bytes.length);
        },
        limit: 20_000, // a body in memory; on the wire each packet is a turn
      }));
  }

  for (
    const label of [
      "utf-8",
      "utf-16",
      "utf-32le",
      "gb18030",
      "shift_jis",
      "iso-2022-jp",
      "windows-1252",
    ]
  ) {
    it(`is linear for ${label}, whole and byte by byte`, () =>
      assertLinear({
        make: (size) => Uint8Array.from({ length: size }, (_, i) => i * 37 & 255),
        run(bytes) {
          const decoder = makeTextDecoder(label);
          let length = makeTextDecoder(label).decode(bytes).length;
          for (let at = 0; at < bytes.length; at++) {
            length += decoder.decode(bytes.subarray(at, at + 1), { stream: true }).length;
          }
          return length;
        },
        limit: 16_384, // a record of TLS
      }));
  }

  for (const part of ["[", "[],", '{"a":', '"\\u0000",', " ", "1", "0.1e1,", "\0", "\xfe\xff"]) {
    it(`is linear for JSON of ${JSON.stringify(part)}`, () =>
      assertLinear({
        make: (size) => utf8(`[${part.repeat(size / part.length)}`),
        run(content) {
          try {
            parseJSON(content, { url: "https://example.org/", status: 200 });
          } catch {
            // It is cut off.
          }
        },
        limit: BODY_BYTES,
      }));
  }
});
