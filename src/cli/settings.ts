/** What a command means: every value checked, before anything is connected. A mistake names its option. */
import type { ClientConnectionOptions } from "../client/client.ts";
import type { BaseClientOptions, RequestOptions } from "../client/options/options.ts";
import { Cookies } from "../message/cookies/jar.ts";
import { Headers } from "../message/headers.ts";
import { readURL } from "../message/parsed_url.ts";
import { maskURL } from "../observe/mask.ts";
import { fileFault, folderFault, folderOf, isFolder, readText } from "../runtime/program/files.ts";
import { isToken } from "../semantics/fields.ts";
import { type Arguments, quoted, UsageError } from "./arguments.ts";
import { compactJSON } from "./json_text.ts";
import type { OptionName } from "./option_list.ts";

/** One command. */
export interface Settings {
  readonly url: string;
  readonly method: string;
  readonly request: RequestSettings;
  /** The body as text. */
  readonly content: string | null;
  /** Fields of a form. */
  readonly data: readonly Pair[];
  /** Names of fields and files of a form. */
  readonly files: readonly Pair[];
  readonly client: ClientSettings;
  /** `null` for a password that is asked for. */
  readonly auth: readonly [user: string, password: string | null] | null;
  /** PEM files of the client's certificate and its key. */
  readonly cert: readonly string[];
  /** Where the body is saved. */
  readonly download: string | null;
  readonly isVerbose: boolean;
  /** Whether a line says how long each part took. */
  readonly showsTimings: boolean;
  /** Whether a command of curl's is printed, and nothing sent. */
  readonly printsCurl: boolean;
  readonly showsSecrets: boolean;
}

/** Options of the request. */
export type RequestSettings = Pick<RequestOptions, "params" | "headers" | "cookies">;

/** Options of the client. */
export type ClientSettings =
  & Pick<
    BaseClientOptions & ClientConnectionOptions,
    "timeout" | "followRedirects" | "maxRedirects" | "http2" | "trustEnv"
  >
  & { readonly verify: boolean | string; readonly proxy?: string };

/** A name and its value. */
export type Pair = readonly [name: string, value: string];

const BODIES = ["content", "json", "data", "files"] as const;

/**
 * Checks a command.
 *
 * @throws {UsageError} that names the option and the mistake
 */
export function settingsFrom(args: Arguments): Settings {
  const values = new Values(args);
  const bodies = BODIES.filter((name) => values.isGiven(name));
  checkBodies(bodies);
  const download = values.path("download");
  if (download !== null) checkDownload(download);
  return {
    url: urlFrom(args.url),
    method: methodFrom(values.one("method")) ?? (bodies.length > 0 ? "POST" : "GET"),
    request: requestSettings(values),
    content: jsonFrom(values.one("json")) ?? values.one("content"),
    data: values.pairs("data"),
    files: values.pairs("files"),
    client: clientSettings(values),
    auth: authFrom(values),
    cert: certFrom(values),
    download,
    isVerbose: values.isGiven("verbose"),
    showsTimings: values.isGiven("timings"),
    printsCurl: values.isGiven("curl"),
    showsSecrets: values.isGiven("show-secrets"),
  };
}

/** The values of options by name. */
class Values {
  readonly #given: Arguments["given"];

  constructor({ given }: Arguments) {
    this.#given = given;
  }

  isGiven(name: OptionName): boolean {
    return this.#given.has(name);
  }

  /** Of an option that counts once: the last. */
  one(name: OptionName): string | null {
    return this.#given.get(name)?.at(-1)?.[0] ?? null;
  }

  all(name: OptionName): readonly string[] {
    return (this.#given.get(name) ?? []).map(([value = ""]) => value);
  }

  pairs(name: OptionName): readonly Pair[] {
    return (this.#given.get(name) ?? []).map(([first = "", second = ""]) => [first, second]);
  }

  path(name: OptionName): string | null {
    const path = this.one(name);
    return path === null ? null : checkedPath(name, path);
  }
}

function fault(name: OptionName, mistake: string, cause?: unknown): UsageError {
  return new UsageError(`Cannot use --${name}: ${mistake}`, { cause });
}

function checkBodies(bodies: readonly OptionName[]): void {
  const [first, second] = bodies;
  if (first === undefined || second === undefined || first === "data") return; // data with files is one form
  throw new UsageError(`Cannot use --${first} and --${second} at once: a request has one body`);
}

function urlFrom(text: string | null): string {
  if (text === null) {
    throw new UsageError("Cannot send a request: give a URL, such as httpx https://example.org/");
  }
  if (!/^https?:\/\//i.test(text)) {
    const shown = quoted(maskURL(text));
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
      throw new UsageError(`Cannot use URL ${shown}: its scheme is neither http nor https`);
    }
    throw new UsageError(
      `Cannot use URL ${shown}: it does not begin with http:// or https://; ` +
        `did you mean https://${maskURL(text).replace(/^\/+/, "")}?`,
    );
  }
  try {
    readURL(text);
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
  return text;
}

function methodFrom(method: string | null): string | null {
  if (method === null || (isToken(method) && !method.startsWith("-"))) return method;
  throw fault("method", `${quoted(method)} is no method; give a word such as GET`);
}

function requestSettings(values: Values): RequestSettings {
  const headers = [...values.pairs("headers")];
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
  if (values.isGiven("json") && !hasType) headers.push(["Content-Type", "application/json"]);
  check("headers", () => new Headers(headers));
  const cookies = values.pairs("cookies");
  check("cookies", () => new Cookies(cookies));
  return { params: values.pairs("params"), headers, cookies };
}

/** The text without its blanks, and nothing else changed: numbers of any length stay as they are. */
function jsonFrom(text: string | null): string | null {
  if (text === null) return null;
  try {
    JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(messageOf(error))?.[1]; // the rest of the message quotes the text
    const where = position === undefined ? "" : ` (at character ${Number(position) + 1})`;
    throw fault("json", `the text is not valid JSON${where}; strings need double quotes`, error);
  }
  return compactJSON(text);
}

function clientSettings(values: Values): ClientSettings {
  const verify = values.path("verify");
  if (verify !== null && values.isGiven("no-verify")) {
    throw new UsageError("Cannot use --verify and --no-verify at once: they contradict each other");
  }
  if (verify !== null) checkReadable("verify", verify);
  const proxy = proxyFrom(values.one("proxy"));
  return {
    timeout: timeoutFrom(values.one("timeout")),
    followRedirects: values.isGiven("follow-redirects"),
    maxRedirects: maxRedirectsFrom(values.one("max-redirects")),
    verify: verify ?? !values.isGiven("no-verify"),
    http2: values.isGiven("http2"),
    trustEnv: !values.isGiven("no-trust-env"),
    ...(proxy !== null && { proxy }),
  };
}

/** Seconds, as in httpx; the library counts milliseconds. */
function timeoutFrom(text: string | null): number {
  if (text === null) return 5000;
  const seconds = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (seconds > 0 && Number.isFinite(seconds)) return seconds * 1000;
  throw fault("timeout", `${quoted(text)} is no number of seconds above 0, such as 5 or 0.5`);
}

function maxRedirectsFrom(text: string | null): number {
  if (text === null) return 20;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw fault("max-redirects", `${quoted(text)} is no whole number, such as 20`);
}

function proxyFrom(text: string | null): string | null {
  if (text === null) return null;
  const shown = quoted(maskURL(text));
  if (!/^(https?|socks5h?):\/\//i.test(text)) {
    throw fault("proxy", `${shown} does not begin with http://, https://, socks5:// or socks5h://`);
  }
  try {
    readURL(text);
  } catch (error) {
    throw fault("proxy", `${shown} is no URL`, error);
  }
  return text;
}

function authFrom(values: Values): Settings["auth"] {
  const last = values.pairs("auth").at(-1);
  if (last === undefined) return null;
  const [user, password] = last;
  if (user.includes(":")) {
    throw fault("auth", "the user name has a colon, which basic authentication can't carry");
  }
  return [user, password === "-" ? null : password];
}

function certFrom(values: Values): readonly string[] {
  const paths = values.all("cert").map((path) => checkedPath("cert", path));
  if (paths.length > 2) {
    throw fault("cert", "it is given more than twice; give the certificate and then its key");
  }
  for (const path of paths) checkReadable("cert", path);
  return paths;
}

function checkedPath(name: OptionName, path: string): string {
  if (path === "") throw fault(name, "the name of the file is empty");
  if (!path.startsWith("-") || path === "-") return path; // a lone dash is no option
  throw fault(
    name,
    `${quoted(path)} looks like an option; for a file of that name write ./${path}`,
  );
}

function checkDownload(path: string): void {
  if (path === "-") {
    throw fault("download", "the body goes to standard output without it; for a file write ./-");
  }
  if (isFolder(path)) {
    throw fault("download", `${quoted(path)} is a folder; give the name of a file in it`);
  }
  const folder = folderOf(path);
  const reason = folderFault(folder);
  if (reason !== null) {
    throw fault("download", `cannot save in folder ${quoted(folder)}: ${reason}`);
  }
}

function checkReadable(name: OptionName, path: string): void {
  try {
    readText(path);
  } catch (error) {
    throw fault(name, `cannot read ${quoted(path)}: ${fileFault(error)}`, error);
  }
}

/** The library's own check, in the words of the command line. */
function check(name: OptionName, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    const message = messageOf(error).replace(/^Cannot (?:set|use|add) (?:a |the )?/, "");
    throw fault(name, message, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
