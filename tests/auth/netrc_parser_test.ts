import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { NetRCFault, parseNetRC } from "../../src/auth/netrc_parser.ts";

/** As one readable value: `host: login password account` for each machine, the default last. */
function read(text: string): string[] {
  const { machines, default: others } = parseNetRC(text);
  const all = others === null ? [...machines] : [...machines, ["*", others] as const];
  return all.map(([host, { login, password, account }]) => {
    return `${host}: ${[login, password, account].map((word) => word || "-").join(" ")}`;
  });
}

describe("parseNetRC()", () => {
  const cases: Record<string, [text: string, ...expected: string[]]> = {
    "machines in one line and in many": [
      "machine a.test login u password p\nmachine b.test\n  login v\n\tpassword\n q\n",
      ...["a.test: u p -", "b.test: v q -"],
    ],
    "user for login, and account": [
      "machine a user u account acc password p",
      "a: u p acc",
    ],
    "default, wherever it stands": [
      "default login u password p machine a login v password q",
      ...["a: v q -", "*: u p -"],
    ],
    "the last of two entries for one machine": [
      "machine A login u password p machine a login v password q",
      "a: v q -",
    ],
    "machines without login, or without password": ["machine a password p machine b login u", ...[
      "a: - p -",
      "b: u - -",
    ]],
    "comments, but not in values": [
      "# all\nmachine a # the first\n#login x\nlogin #u password p#1 # end\n#",
      "a: #u p#1 -",
    ],
    "quotes and backslashes": [
      String.raw`machine "a b" login "u \"x\" \\" password p\ q\"`,
      String.raw`a b: u "x" \ p q" -`,
    ],
    "an empty value in quotes": ['machine a login "" password p', "a: - p -"],
    "macros, up to an empty line": [
      "machine a login u password p\nmacdef init\ncd /tmp\nmachine x\n \t\nmachine b login v password q",
      ...["a: u p -", "b: v q -"],
    ],
    "a macro that ends the file": ["macdef init\nput x\nmachine y"],
    "an empty macro": ["macdef init\n\nmachine a login u", "a: u - -"],
    "CRLF, a byte order mark, and names of objects": [
      "\uFEFFmachine constructor login u\r\nmacdef m\r\nx\r\n\r\nmachine a login v",
      ...["constructor: u - -", "a: v - -"],
    ],
    "nothing": [" \n# only this\n"],
    "hosts in one form": [
      "machine Bücher.example. login u machine [::1] login v machine 127.1 login w",
      ...["xn--bcher-kva.example: u - -", "::1: v - -", "127.0.0.1: w - -"],
    ],
    "what is not a host": ["machine a/b login u", "a/b: u - -"],
    "past words that it does not know": [
      "machine a port 80 login u protocol https password p\nwords of others\nmachine b login v",
      ...["a: u p -", "b: v - -"],
    ],
    "past values that belong to no machine": [
      "login u\npassword p\nmacdef m\nx\n\naccount c\nmachine a login v",
      "a: v - -",
    ],
    "past a word after a value with a blank": ["machine a password two words", "a: - two -"],
  };
  for (const [name, [text, ...expected]] of Object.entries(cases)) {
    it(`reads ${name}`, () => assertEquals(read(text), expected));
  }

  const faults: readonly [text: string, line: number, reason: string][] = [
    ["machine a\nlogin", 2, "login has no value"],
    ["machine\n", 1, "machine has no value"],
    ["macdef", 1, "macdef has no value"],
    ['machine a\npassword "s3cret', 2, "a quote has no end"],
    ["machine a password \\", 1, "a backslash stands at the end"],
  ];
  for (const [text, line, reason] of faults) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const fault = assertThrows(() => parseNetRC(text), NetRCFault, reason);
      assertEquals([fault.line, fault.message.includes("s3cret")], [line, false]);
    });
  }

  it("ends with every text, read or refused", () => {
    const words = ["machine ", "login", '"', "\\", "\n", "#", " ", "x", "macdef", "default", "\t"];
    let seed = 11;
    const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
    for (let i = 0; i < 5000; i++) {
      const text = Array.from({ length: random(25) }, () => words[random(words.length)]).join("");
      try {
        parseNetRC(text);
      } catch (error) {
        assertEquals(error instanceof NetRCFault, true, text);
      }
    }
  });
});
