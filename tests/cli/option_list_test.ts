import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { helpText, OPTIONS } from "../../src/cli/option_list.ts";

/** The options of httpx's own `--help`, then ours. */
const EXPECTED = [
  "-m --method METHOD",
  "-p --params NAME VALUE",
  "-c --content TEXT",
  "-d --data NAME VALUE",
  "-f --files NAME FILENAME",
  "-j --json TEXT",
  "-h --headers NAME VALUE",
  "--cookies NAME VALUE",
  "--auth USER PASS",
  "--proxy URL",
  "--timeout FLOAT",
  "--follow-redirects",
  "--no-verify",
  "--http2",
  "--download FILE",
  "-v --verbose",
  "--help",
  "--verify PATH",
  "--cert PATH",
  "--curl",
  "--show-secrets",
  "--timings",
  "--no-trust-env",
  "--max-redirects NUMBER",
];

describe("OPTIONS", () => {
  it("are those of httpx, with its short forms, and seven more", () => {
    const names = OPTIONS.map(({ name, short, values }) =>
      [...short === undefined ? [] : [`-${short}`], `--${name}`, ...values].join(" ")
    );
    assertEquals(names.sort(), EXPECTED.toSorted());
  });
});

describe("helpText()", () => {
  it("fits 80 columns", () => {
    assertEquals(helpText().split("\n").filter((line) => line.length > 80), []);
  });

  it("has a paragraph for every option", () => {
    for (const { name, short } of OPTIONS) {
      const begin = short === undefined ? `\n  --${name}` : `\n  -${short}, --${name}`;
      assertEquals(helpText().includes(begin), true, name);
    }
    assertEquals(helpText().split("\n").slice(4, 10), [
      "  -m, --method METHOD              Request method, such as GET, POST, PUT,",
      "                                   PATCH, DELETE, OPTIONS, HEAD. [Default: GET,",
      "                                   or POST if a request body is included]",
      "  -p, --params <NAME VALUE> ...    Query parameters to include in the request",
      "                                   URL.",
      "  -c, --content TEXT               Byte content to include in the request body.",
    ]);
  });
});
