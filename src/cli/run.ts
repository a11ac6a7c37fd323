/** One command from its words to its exit code: 0 for an answer of 2xx, 1 for any other and for failures, 2 for usage. */
import { Client } from "../client/client.ts";
import { HTTPError } from "../errors.ts";
import type { BodyOptions } from "../client/options/options.ts";
import { mediaTypeOfFile } from "../message/content/media_types.ts";
import type { FileInit } from "../message/content/multipart.ts";
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { maskURL } from "../observe/mask.ts";
import {
  fileFault,
  type FileToSend,
  isFileFault,
  openToSend,
  readText,
} from "../runtime/program/files.ts";
import { isBrokenPipe, type Program } from "../runtime/program/program.ts";
import { readSecret } from "../runtime/program/secret.ts";
import { createTLSContext } from "../options/tls_context.ts";
import { parseArguments, quoted, UsageError } from "./arguments.ts";
import { download } from "./download.ts";
import { colored, plain } from "./highlight.ts";
import { timingsLine, VerbosePrinter } from "./verbose_printer.ts";
import { basicCredentials } from "../semantics/basic_credentials.ts";
import { helpText } from "./option_list.ts";
import { type Look, lookFor, print, writeBody } from "./output.ts";
import { type Pair, type Settings, settingsFrom } from "./settings.ts";
import { visibleLine } from "./visible.ts";

/** The program was asked to stop. */
class Stopped extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("The program was stopped");
    this.exitCode = exitCode;
  }
}

/** Runs a command; never throws. */
export async function run(args: readonly string[], program: Program): Promise<number> {
  try {
    return await execute(args, program);
  } catch (error) {
    if (error instanceof Stopped) return error.exitCode;
    if (isBrokenPipe(error)) return 0; // the reader has seen enough
    await say(program, messageOf(error));
    return error instanceof UsageError ? 2 : 1;
  }
}

async function execute(args: readonly string[], program: Program): Promise<number> {
  const parsed = parseArguments(args);
  if (parsed.given.has("help")) {
    await print(program.stdout, helpText());
    return 0;
  }
  const settings = settingsFrom(parsed);
  const auth = settings.auth === null ? null : await credentials(settings.auth, program);
  const client = await makeClient(settings, program);
  const opened: FileToSend[] = [];
  try {
    const files: [string, FileInit][] = [];
    for (const file of settings.files) files.push(await openFile(file, opened));
    const options = { auth, files };
    if (settings.printsCurl) return await printCurl({ settings, program, client, options });
    return await exchange({ settings, program, client, options });
  } finally {
    await client.close();
    for (const file of opened) file.close();
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Whatever else is written to says so in its own words.
  if (isFileFault(error)) return `Cannot write the output: ${fileFault(error)}`;
  const message = error instanceof HTTPError ? `${error.name}: ${error.message}` : error.message;
  return OPTION_WORDS.reduce((text, [ours, here]) => text.replaceAll(ours, here), message);
}

/** Options that the library's messages name, and what they are called here. */
const OPTION_WORDS: readonly (readonly [ours: string, here: string])[] = [
  ["as `verify`", "with --verify"],
  ["`cert`", "--cert"],
  ["maxRedirects", "--max-redirects"],
];

/** One line on stderr. */
async function say({ stderr }: Program, message: string): Promise<void> {
  try {
    await print(stderr, `httpx: ${visibleLine(message.replaceAll("\n", " "))}\n`);
  } catch {
    // The output is closed: the exit code reports it.
  }
}

async function credentials(
  [user, password]: NonNullable<Settings["auth"]>,
  program: Program,
): Promise<Pair> {
  if (password !== null) return [user, password];
  return [user, await ask(`Password for ${visibleLine(user)}: `, { program, option: "--auth" })];
}

async function ask(
  prompt: string,
  { program, option }: { readonly program: Program; readonly option: string },
): Promise<string> {
  const line = await readSecret(program, prompt);
  if (line.kind === "entered") return line.text;
  if (line.kind === "stopped") throw new Stopped(line.exitCode);
  throw new UsageError(`Cannot use ${option}: the input ended before a password came`);
}

async function makeClient(settings: Settings, program: Program): Promise<Client> {
  const { client, cert: [certificate, key = certificate] } = settings;
  const identity = certificate === undefined || key === undefined
    ? null
    : { cert: certificate, key, ...await passphraseOf(key, program) };
  const { verify, trustEnv, ...rest } = client;
  try {
    // A version is named so that on Deno node:tls is used, which reports certificates: Deno's own TLS does not.
    const context = settings.isVerbose || identity !== null
      ? createTLSContext({
        verify,
        trustEnv,
        ...identity,
        ...(settings.isVerbose && { minVersion: "TLSv1.2" }),
      })
      : verify;
    return new Client({ ...rest, trustEnv, verify: context });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(error.message.replace(/\boption "(\w+)"/, nameOption), { cause: error });
  }
}

/** The command's name for an option of the library. */
function nameOption(_: string, name: string): string {
  const names: Record<string, string> = { ca: "verify", key: "cert", passphrase: "cert" };
  return `--${names[name] ?? name}`;
}

async function passphraseOf(
  key: string,
  program: Program,
): Promise<{ readonly passphrase?: string }> {
  if (!readText(key).includes("ENCRYPTED")) return {};
  const prompt = `Passphrase of ${visibleLine(key)}: `;
  return { passphrase: await ask(prompt, { program, option: "--cert" }) };
}

async function openFile([field, path]: Pair, opened: FileToSend[]): Promise<[string, FileInit]> {
  try {
    const file = await openToSend(path);
    opened.push(file);
    return [field, [file.name, file.content, mediaTypeOfFile(file.name)]];
  } catch (error) {
    const reason = fileFault(error);
    throw new UsageError(`Cannot use --files: cannot read ${quoted(path)}: ${reason}`, {
      cause: error,
    });
  }
}

/** What an exchange is made of. */
interface Exchange {
  readonly settings: Settings;
  readonly program: Program;
  readonly client: Client;
  readonly options: { readonly auth: Pair | null; readonly files: [string, FileInit][] };
}

/** The command that would send what this one sends; what is asked for on the way (Digest, redirects) is not in it. */
async function printCurl({ settings, program, client, options }: Exchange): Promise<number> {
  const { signal } = new AbortController();
  const request = buildRequest({ settings, program, client, options }, { printer: null, signal });
  await request.read();
  if (options.auth !== null) {
    request.headers.set("Authorization", basicCredentials(...options.auth));
  }
  const { client: { http2 = false, verify, proxy = null }, showsSecrets: showSecrets } = settings;
  const command = request.toCurl({ http2, proxy, showSecrets, verify: verify !== false });
  await print(program.stdout, `${command}\n`);
  return 0;
}

/** Notes the timings, if there are any: a body that was closed early has its own end. */
async function tellTimings({ timings }: Response, program: Program): Promise<void> {
  if (timings !== null) await say(program, timingsLine(timings));
}

async function exchange({ settings, program, client, options }: Exchange): Promise<number> {
  const { stdout, environment } = program;
  const look = lookFor(stdout, { environment, paints: { plain, colored } });
  const printer = printerFor({ settings, program, look });
  client.eventHooks.request.push((request) => printer?.onRequest(request));
  client.eventHooks.response.push((response) => printer?.onResponse(response));
  const controller = new AbortController();
  const forget = settings.download === null
    ? () => {}
    : program.onStop((exitCode) => controller.abort(new Stopped(exitCode)));
  try {
    const { signal } = controller;
    const request = buildRequest({ settings, program, client, options }, { printer, signal });
    const response = await client.send(request, {
      stream: true,
      ...(options.auth !== null && { auth: options.auth }),
    });
    try { // not "await using": this file runs as it is on Node 22, which does not know it
      await deliver(response, { settings, program, look, signal });
      if (settings.showsTimings) await tellTimings(response, program);
      else printer?.onTimings(response.timings);
    } finally {
      await response.close();
    }
    const isOnScreen = stdout.isTerminal && settings.download === null;
    if (!response.isSuccess && !isOnScreen) {
      await say(program, complaint(response, settings));
    }
    return response.isSuccess ? 0 : 1;
  } finally {
    forget();
    await printer?.end();
  }
}

/** Heads are for people: on the terminal, or with `-v` beside a body that goes elsewhere. */
function printerFor(
  { settings, program, look }: {
    readonly settings: Settings;
    readonly program: Program;
    readonly look: Look;
  },
): VerbosePrinter | null {
  const { stdout, stderr, environment } = program;
  const { isVerbose } = settings;
  if (stdout.isTerminal) return new VerbosePrinter(stdout, { paint: look.paint, isVerbose });
  if (!isVerbose) return null;
  const { paint } = lookFor(stderr, { environment, paints: { plain, colored } });
  return new VerbosePrinter(stderr, { paint, isVerbose });
}

/** What can't be sent is a mistake in the command. */
function buildRequest(
  { settings, client, options }: Exchange,
  { printer, signal }: { readonly printer: VerbosePrinter | null; readonly signal: AbortSignal },
): Request {
  const { method, url, isVerbose } = settings;
  try {
    return client.buildRequest(method, url, {
      ...settings.request,
      ...bodyFrom(settings, options.files),
      ...(isVerbose && printer !== null && { extensions: { trace: printer.trace } }),
      signal,
    });
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function bodyFrom({ content, data }: Settings, files: [string, FileInit][]): BodyOptions {
  if (content !== null) return { content };
  if (data.length === 0 && files.length === 0) return {};
  return { ...(data.length > 0 && { data }), ...(files.length > 0 && { files }) };
}

/** The body goes where it was asked for. */
async function deliver(
  response: Response,
  { settings, program, look, signal }: {
    readonly settings: Settings;
    readonly program: Program;
    readonly look: Look;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { download: path } = settings;
  const { stdout } = program;
  if (path !== null && !response.isSuccess && !stdout.isTerminal) return;
  try {
    if (path === null || !response.isSuccess) return await writeBody(response, stdout, look);
    if (stdout.isTerminal) await print(stdout, "\n"); // parts the head from the bar
    await download(response, { path, program, signal });
  } catch (error) {
    if (!isBrokenPipe(error)) throw error; // the reader has seen enough
  }
}

function complaint(response: Response, { download: path }: Settings): string {
  const { status, statusText, request, nextRequest } = response;
  const redirect = nextRequest === null
    ? ""
    : `; --follow-redirects goes on to ${maskURL(nextRequest.url)}`;
  const unsaved = path === null ? "" : `; ${quoted(path)} was not saved`;
  const answer = `${status} ${statusText}`.trimEnd();
  return `${answer} from ${request.method} ${maskURL(request.url)}${redirect}${unsaved}`;
}
