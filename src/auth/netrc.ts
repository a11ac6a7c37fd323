/**
 * Credentials from the user's netrc file, as curl and ftp keep them. The file is read once, when the object is made;
 * what it says about a host is sent by the Basic scheme, and a host it does not name is asked without.
 */
import { addressOf, type Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { environmentVariable, readTextFile } from "../runtime/host.ts";
import { basicCredentials } from "../semantics/basic_credentials.ts";
import { withoutRootDot } from "../semantics/host_name.ts";
import { Auth } from "./auth.ts";
import { type NetRC, NetRCFault, parseNetRC } from "./netrc_parser.ts";

const NOTHING: NetRC = { machines: new Map(), default: null };

/**
 * User names and passwords by host, from a netrc file. Nothing else reads that file: a client without this class has
 * no use for it.
 *
 * Without a path it is the one that the environment variable `NETRC` names, else `~/.netrc` (on Windows else
 * `~/_netrc`); one that is not there, or that Deno's permissions withhold, is an empty one.
 *
 * @example Credentials for one host
 * ```ts
 * import { Client, MockTransport, NetRCAuth, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 * import { mkdtemp, rm, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 *
 * const folder = await mkdtemp(join(tmpdir(), "netrc-"));
 * const path = join(folder, "netrc");
 * await writeFile(path, "machine example.org login ada password lovelace\n");
 *
 * const transport = new MockTransport((request) =>
 *   new Response(200, { text: request.headers.get("authorization") ?? "none" })
 * );
 * await using client = new Client({ transport, auth: new NetRCAuth(path) });
 * const asked = await Promise.all(
 *   ["https://example.org/", "https://example.com/"].map((url) => client.get(url)),
 * );
 * assertEquals(await Promise.all(asked.map((response) => response.text())), [
 *   "Basic YWRhOmxvdmVsYWNl",
 *   "none",
 * ]);
 * await rm(folder, { recursive: true });
 * ```
 */
export class NetRCAuth extends Auth {
  readonly #netrc: NetRC;

  /**
   * Reads the file.
   *
   * @throws {TypeError} for a path that is given and can't be read
   * @throws {SyntaxError} for a file that is no netrc file; it names file and line
   */
  constructor(file?: string) {
    super();
    this.#netrc = file === undefined ? readOwn() : readGiven(file);
  }

  /** Adds the credentials of the host, where the file has some; one step. */
  override *authFlow(request: Request): Generator<Request, void, Response> {
    const { machines, default: others } = this.#netrc;
    const entry = machines.get(withoutRootDot(addressOf(request).host)) ?? others;
    // As in httpx: an entry without a password has something else to say, say an account for FTP.
    if (entry !== null && entry.password !== "") {
      request.headers.set("Authorization", basicCredentials(entry.login, entry.password));
    }
    yield request;
  }
}

function readGiven(path: string): NetRC {
  if (typeof path !== "string") {
    throw new TypeError(`Cannot read a netrc file: its path is of type ${typeof path}`);
  }
  const text = readTextFile(path);
  if (text === null) {
    throw new TypeError(
      `Cannot read netrc file ${JSON.stringify(path)}: it is not there, or may not be read`,
    );
  }
  return parseFile(text, path);
}

/** What the user has, if anything. */
function readOwn(): NetRC {
  for (const path of ownPaths()) {
    const text = readTextFile(path);
    if (text !== null) return parseFile(text, path);
  }
  return NOTHING;
}

function ownPaths(): string[] {
  const named = environmentVariable("NETRC");
  if (named !== undefined && named !== "") return [named];
  const windowsHome = environmentVariable("USERPROFILE");
  const home = environmentVariable("HOME") || windowsHome;
  if (!home) return [];
  return windowsHome ? [`${home}/.netrc`, `${home}/_netrc`] : [`${home}/.netrc`];
}

function parseFile(text: string, path: string): NetRC {
  try {
    return parseNetRC(text);
  } catch (error) {
    if (!(error instanceof NetRCFault)) throw error;
    throw new SyntaxError(
      `Cannot read netrc file ${JSON.stringify(path)}: line ${error.line}: ${error.message}`,
    );
  }
}
