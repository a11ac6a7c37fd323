import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parseArguments, UsageError } from "../../src/cli/arguments.ts";
import { type Settings, settingsFrom } from "../../src/cli/settings.ts";
import { certificatePath } from "../support/certificates.ts";

const URL = "http://example.org/";

function settings(...args: string[]): Settings {
  return settingsFrom(parseArguments([URL, ...args]));
}

function mistake(...args: string[]): string {
  return assertThrows(() => settingsFrom(parseArguments(args)), UsageError).message;
}

describe("settingsFrom()", () => {
  it("has httpx's defaults", () => {
    assertEquals(settings(), {
      url: URL,
      method: "GET",
      request: { params: [], headers: [], cookies: [] },
      content: null,
      data: [],
      files: [],
      client: {
        timeout: 5000,
        followRedirects: false,
        maxRedirects: 20,
        verify: true,
        http2: false,
        trustEnv: true,
      },
      auth: null,
      cert: [],
      download: null,
      isVerbose: false,
      showsTimings: false,
      printsCurl: false,
      showsSecrets: false,
    });
  });

  it("posts what has a body, unless a method is named", () => {
    const bodies = [["-c", ""], ["-d", "a", "1"], ["-f", "a", "b"], ["-j", "{}"]];
    assertEquals(bodies.map((body) => settings(...body).method), ["POST", "POST", "POST", "POST"]);
    assertEquals(settings("-j", "{}", "-m", "PATCH").method, "PATCH");
  });

  it("takes JSON without its blanks and with all of its digits", () => {
    const { content, request } = settings("-j", '{ "a b": [1.0, 12345678901234567890] }');
    assertEquals(content, '{"a b":[1.0,12345678901234567890]}');
    assertEquals(request.headers, [["Content-Type", "application/json"]]);
    const own = settings("-j", "1", "-h", "content-type", "application/vnd.a+json").request;
    assertEquals(own.headers, [["content-type", "application/vnd.a+json"]]);
  });

  it("has an option of the client for each of the command's", () => {
    const ca = certificatePath("ca");
    const { client } = settings(
      ...["--timeout", "0.25", "--follow-redirects", "--max-redirects", "0", "--verify", ca],
      ...["--http2", "--no-trust-env", "--proxy", "socks5://127.0.0.1:1080"],
    );
    assertEquals(client, {
      timeout: 250,
      followRedirects: true,
      maxRedirects: 0,
      verify: ca,
      http2: true,
      trustEnv: false,
      proxy: "socks5://127.0.0.1:1080",
    });
    assertEquals(settings("--no-verify").client.verify, false);
  });

  it("asks for a password that is '-'", () => {
    assertEquals(settings("--auth", "ada", "x").auth, ["ada", "x"]);
    assertEquals(settings("--auth", "ada", "-").auth, ["ada", null]);
  });

  it("names the option and the mistake of every bad value", () => {
    const faults: [args: string[], message: string][] = [
      [[], "Cannot send a request: give a URL, such as httpx https://example.org/"],
      [
        ["example.org/a"],
        'Cannot use URL "example.org/a": it does not begin with http:// or https://; ' +
        "did you mean https://example.org/a?",
      ],
      [["ftp://a/"], 'Cannot use URL "ftp://a/": its scheme is neither http nor https'],
      [[URL, "-m", "G T"], 'Cannot use --method: "G T" is no method; give a word such as GET'],
      [[URL, "-m", "-v"], 'Cannot use --method: "-v" is no method; give a word such as GET'],
      [
        [URL, "-j", "{a:1}"],
        "Cannot use --json: the text is not valid JSON; strings need double quotes",
      ],
      [
        [URL, "-j", "1", "-c", "1"],
        "Cannot use --content and --json at once: a request has one body",
      ],
      [
        [URL, "-d", "a", "1", "-j", "1"],
        "Cannot use --json and --data at once: a request has one body",
      ],
      [
        [URL, "--timeout", "soon"],
        'Cannot use --timeout: "soon" is no number of seconds above 0, such as 5 or 0.5',
      ],
      [
        [URL, "--timeout", "0"],
        'Cannot use --timeout: "0" is no number of seconds above 0, such as 5 or 0.5',
      ],
      [
        [URL, "--max-redirects", "-1"],
        'Cannot use --max-redirects: "-1" is no whole number, such as 20',
      ],
      [
        [URL, "--proxy", "10.0.0.1:80"],
        'Cannot use --proxy: "10.0.0.1:80" does not begin with http://, https://, socks5:// or socks5h://',
      ],
      [
        [URL, "--proxy", "http://u:pw@[::/"],
        'Cannot use --proxy: "http://u:[secure]@[::/" is no URL',
      ],
      [
        [URL, "--auth", "a:b", "c"],
        "Cannot use --auth: the user name has a colon, which basic authentication can't carry",
      ],
      [
        [URL, "--verify", "/none"],
        'Cannot use --verify: cannot read "/none": there is no such file or folder',
      ],
      [
        [URL, "--verify", "/", "--no-verify"],
        "Cannot use --verify and --no-verify at once: they contradict each other",
      ],
      [
        [URL, "--cert", "-v"],
        'Cannot use --cert: "-v" looks like an option; for a file of that name write ./-v',
      ],
      [[URL, "--cert", "/"], 'Cannot use --cert: cannot read "/": it is a folder'],
      [
        [URL, "--download", "/"],
        'Cannot use --download: "/" is a folder; give the name of a file in it',
      ],
      [
        [URL, "--download", "/none/x"],
        'Cannot use --download: cannot save in folder "/none": there is no such file or folder',
      ],
      [
        [URL, "--download", "-"],
        "Cannot use --download: the body goes to standard output without it; for a file write ./-",
      ],
      [[URL, "--download", ""], "Cannot use --download: the name of the file is empty"],
    ];
    const found = faults.map(([args]) => mistake(...args));
    // Not every runtime tells where JSON breaks.
    const messages = found.map((message) => message.replace(" (at character 2)", ""));
    assertEquals(messages, faults.map(([, message]) => message));
  });

  it("names a header or cookie that can't be sent, and shows no value", () => {
    const header = mistake(URL, "-h", "X Y", "secret");
    assertEquals(header.startsWith('Cannot use --headers: header "X Y": '), true, header);
    const value = mistake(URL, "-h", "X", "secret\nY: 1");
    assertEquals(value.startsWith('Cannot use --headers: header "X": '), true, value);
    assertEquals(value.includes("secret"), false);
    const cookie = mistake(URL, "--cookies", "a", "secret;b");
    assertEquals(cookie.startsWith('Cannot use --cookies: cookie "a": '), true, cookie);
    assertEquals(cookie.includes("secret"), false);
  });
});
