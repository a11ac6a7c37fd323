import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { nearestOption, parseArguments, UsageError } from "../../src/cli/arguments.ts";

function parsed(...args: string[]): Record<string, unknown> {
  const { url, given } = parseArguments(args);
  return { url, ...Object.fromEntries(given) };
}

function mistake(...args: string[]): string {
  return assertThrows(() => parseArguments(args), UsageError).message;
}

describe("parseArguments()", () => {
  it("takes the URL wherever it stands", () => {
    assertEquals(parsed("http://a/", "-v"), { url: "http://a/", verbose: [[]] });
    assertEquals(parsed("-v", "http://a/"), { url: "http://a/", verbose: [[]] });
    assertEquals(parsed("-v"), { url: null, verbose: [[]] });
  });

  it("takes one value or two, as the option wants, whatever they begin with", () => {
    assertEquals(parsed("-h", "Accept", "*/*", "--auth", "ada", "-", "-c", "--verbose"), {
      url: null,
      headers: [["Accept", "*/*"]],
      auth: [["ada", "-"]],
      content: [["--verbose"]],
    });
  });

  it("keeps every time that an option was given", () => {
    assertEquals(parsed("-p", "a", "1", "--params", "a", "2", "-m", "GET", "-m", "PUT"), {
      url: null,
      params: [["a", "1"], ["a", "2"]],
      method: [["GET"], ["PUT"]],
    });
  });

  it("knows values in the option's own word", () => {
    assertEquals(parsed("--method=PUT", "-mGET", "--json={}", "--headers=A", "b=c", "--json="), {
      url: null,
      method: [["PUT"], ["GET"]],
      json: [["{}"], [""]],
      headers: [["A", "b=c"]],
    });
    assertEquals(parsed("-vmPOST", "-vp", "a", "1"), {
      url: null,
      verbose: [[], []],
      method: [["POST"]],
      params: [["a", "1"]],
    });
  });

  it('takes what follows "--" for a URL', () => {
    assertEquals(parsed("-v", "--", "-odd"), { url: "-odd", verbose: [[]] });
  });

  it("says which value is missing", () => {
    assertEquals(
      mistake("http://a/", "-h", "Accept"),
      "Cannot use -h: it needs NAME and VALUE, and VALUE is missing",
    );
    assertEquals(mistake("-p"), "Cannot use -p: it needs NAME and VALUE, and nothing follows it");
    assertEquals(
      mistake("-h"),
      "Cannot use -h: it is for headers and needs NAME and VALUE; httpx --help shows the help",
    );
    assertEquals(mistake("--json"), "Cannot use --json: it needs TEXT, and nothing follows it");
    assertEquals(
      mistake("--auth=ada"),
      "Cannot use --auth: it needs USER and PASS, and PASS is missing",
    );
  });

  it("says that a switch has no value, and that there is one URL", () => {
    assertEquals(
      mistake("--verbose=yes"),
      "Cannot use --verbose=yes: --verbose takes no value",
    );
    assertEquals(
      mistake("http://a/", "http://b/"),
      'Cannot send to "http://b/" as well as to "http://a/": give one URL; ' +
        "a value with spaces goes into quotes",
    );
  });

  it("says which option was probably meant", () => {
    assertEquals(mistake("--jsn", "{}"), "Unknown option --jsn: did you mean --json?");
    assertEquals(mistake("--header", "a"), "Unknown option --header: did you mean --headers?");
    assertEquals(mistake("-L"), "Unknown option -L: did you mean --follow-redirects?");
    assertEquals(mistake("-verbose"), "Unknown option -e in -verbose: did you mean --verbose?");
    assertEquals(
      mistake("--walrus"),
      "Unknown option --walrus: httpx --help lists those that there are",
    );
  });
});

describe("nearestOption()", () => {
  it("finds what is begun, ended, or slipped", () => {
    assertEquals(
      ["--down", "--redirects", "--mehtod", "--heders", "--tiemout", "--n"].map(
        nearestOption,
      ),
      ["--download", null, "--method", "--headers", "--timeout", null],
    );
    assertEquals(nearestOption("--follow-redirect"), "--follow-redirects");
    assertEquals(nearestOption("--http1"), "--http2");
  });
});
