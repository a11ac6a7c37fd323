/** Loading one entry changes nothing of what another one does: `entries_program.ts`, alone and in both orders. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { scriptCommand } from "../support/runtimes.ts";

const PROGRAM = fileURLToPath(new URL("./entries_program.ts", import.meta.url));

type Report = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What each of the entries does, loaded in this order into a process of its own. */
function reportOf(...entries: readonly string[]): Promise<Report> {
  const [program = "", ...args] = scriptCommand(PROGRAM);
  return new Promise((resolve, reject) => {
    execFile(program, [...args, ...entries], { timeout: 20_000 }, (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(error);
    });
  });
}

describe("The entries in one process", () => {
  it("do in either order what each does alone", async () => {
    const alone = { ...await reportOf("main"), ...await reportOf("fetch") };
    assertEquals(await reportOf("main", "fetch"), alone);
    assertEquals(await reportOf("fetch", "main"), alone);
  });

  it("do the same with a client over fetch", async () => {
    const { main, fetch } = await reportOf("fetch", "main");
    assertEquals(fetch, main);
    assertEquals(fetch, {
      "a FetchClient's jar": [
        "1",
        fetch?.["a FetchClient's jar"] instanceof Array ? fetch["a FetchClient's jar"][1] : "",
      ],
      "a FetchClient's cookies option": 1,
      "a FetchClient's headers": [
        ["accept", "*/*"],
        ["connection", "keep-alive"],
        ["user-agent", "httpx-ts/0.1.0"],
      ],
      "a FetchClient's mounts": "mounted",
      "client.fetch": "fetched",
      "a proxy of one request":
        'TypeError: Cannot use option "proxy": fetch has no way to honour it',
      "a misspelt option":
        'TypeError: Cannot use option "timeOut" of new Client(): there is none of that name; use "timeout"',
      "a URL without a scheme":
        'UnsupportedProtocol: Cannot parse URL "a.test/": it has no scheme; did you mean "https://a.test/"?',
      "cookies of a response": "1",
      "files": '--boundary\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n' +
        "Content-Type: text/plain\r\n\r\nabc\r\n--boundary--\r\n",
      "a generator as content": "chunked",
      "gzip by hand": "unfolded",
      "a reason phrase": "<Response [404 Not Found]>",
      "a charset of Python's": "é",
      "JSON in UTF-16": [1],
    });
  });
});
