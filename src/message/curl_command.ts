/**
 * A request as a command of curl's that sends the same bytes. curl adds fields of its own: each that the request does not
 * have is switched off, and the others keep their order; only the space after the colon of an empty field is lost. The
 * command is for a POSIX shell.
 */
import { maskFieldValue, maskHostURL, maskURL } from "../observe/mask.ts";
import { scrubContent } from "../observe/scrub.ts";
import { bytesOf } from "./header_text.ts";

/**
 * How `request.toCurl()` writes a command.
 *
 * @example A command to run, with the credentials
 * ```ts
 * import { type CurlOptions, Request } from "@httpx/httpx";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const request = new Request("GET", "https://example.org/", { headers: { authorization: "Bearer s3cret" } });
 * const options: CurlOptions = { showSecrets: true, http2: true };
 * assertStringIncludes(request.toCurl(options), "-H 'authorization: Bearer s3cret'");
 * ```
 */
export interface CurlOptions {
  /**
   * Whether credentials are written. Default: `false`; values of headers, parameters, form fields and JSON members whose
   * names say that they are secret are written as `[secure]`, and the command then does not send the same.
   */
  readonly showSecrets?: boolean | undefined;
  /** Whether HTTP/2 is used: to `http:` by prior knowledge. Default: `false`. */
  readonly http2?: boolean | undefined;
  /** The URL of a proxy. Default: what the environment has, which curl goes by too. */
  readonly proxy?: string | URL | null | undefined;
  /** Whether certificates are checked. Default: `true`. */
  readonly verify?: boolean | undefined;
}

/** What a command is made of. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn. */
  readonly lines: readonly string[];
  readonly content: Uint8Array;
  /** A target that the URL does not express; `null` for none. */
  readonly target: string | null;
}

/** Fields that curl adds by itself. */
const CURL_FIELDS = ["User-Agent", "Accept", "Content-Type", "Expect"];

/** Content above this is handed to curl by a pipe: an argument of a command has a limit. */
const MAX_ARGUMENT_BYTES = 65_536;

/** The command. */
export function curlCommand(request: CurlRequest, options: CurlOptions): string {
  const { method, url, lines, content, target } = request;
  const { showSecrets = false, http2 = false, verify = true, proxy = null } = options;
  const shown = showSecrets ? content : scrubbed(content, fieldOf(lines, "content-type") ?? "");
  const isScrubbed = shown !== content;
  const words = ["curl", "--globoff", "--path-as-is", versionOption(url, http2)];
  if (!verify) words.push("--insecure");
  if (proxy !== null) {
    words.push("--proxy", quote(showSecrets ? `${proxy}` : maskHostURL(`${proxy}`)));
  }
  words.push(...methodOption(method, content.length > 0));
  if (target !== null) words.push("--request-target", quote(target));
  const given = new Set<string>();
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [name = "", value = ""] = lines.slice(i, i + 2);
    given.add(name.toLowerCase());
    if (isScrubbed && name.toLowerCase() === "content-length") continue; // curl counts what it sends
    const argument = headerArgument(name, showSecrets ? value : maskFieldValue(name, value));
    words.push("-H", quoteByteString(argument));
  }
  if (given.has("accept-encoding")) words.push("--compressed");
  for (const name of CURL_FIELDS) {
    if (!given.has(name.toLowerCase())) words.push("-H", `${name}:`);
  }
  const hasCredentials = given.has("authorization");
  const address = quote(curlURL(url, { showSecrets, hasCredentials }));
  if (content.length === 0) return [...words, address].join(" ");
  const text = textOf(shown);
  if (text !== null && shown.length <= MAX_ARGUMENT_BYTES) {
    return [...words, "--data-raw", quote(text), address].join(" ");
  }
  return `printf ${quote(printfFormat(shown))} | ${
    [...words, "--data-binary", "@-", address].join(" ")
  }`;
}

function versionOption(url: string, http2: boolean): string {
  if (!http2) return "--http1.1";
  return url.startsWith("http:") ? "--http2-prior-knowledge" : "--http2";
}

function methodOption(method: string, hasContent: boolean): readonly string[] {
  if (method === "HEAD" && !hasContent) return ["--head"];
  if (method === "GET" && !hasContent) return [];
  return ["-X", quote(method)];
}

/** curl reads a name with a colon as one to leave out, and a name with a semicolon as one without a value. */
function headerArgument(name: string, value: string): string {
  return value === "" ? `${name};` : `${name}: ${value}`;
}

/** curl makes a field of a URL's credentials, as the client does, unless there is one. */
function curlURL(
  url: string,
  { showSecrets, hasCredentials }: { showSecrets: boolean; hasCredentials: boolean },
): string {
  const parsed = new URL(url);
  if (hasCredentials) parsed.username = parsed.password = "";
  parsed.hash = "";
  return showSecrets ? parsed.href : maskURL(parsed.href);
}

function fieldOf(lines: readonly string[], wanted: string): string | null {
  for (let i = 0; i + 1 < lines.length; i += 2) {
    if (lines[i]?.toLowerCase() === wanted) return lines[i + 1] ?? null;
  }
  return null;
}

function scrubbed(content: Uint8Array, type: string): Uint8Array {
  const text = textOf(content);
  if (text === null) return content;
  const shown = scrubContent(text, type);
  return shown === text ? content : new TextEncoder().encode(shown);
}

/** The content as text that an argument can hold; `null` for other bytes. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** One word of a POSIX shell. */
export function quote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One word whose characters each stand for a byte, as those of header values do. */
function quoteByteString(text: string): string {
  const isASCII = !/[^\x20-\x7e]/.test(text);
  return isASCII ? quote(text) : `"$(printf ${quote(printfFormat(bytesOf(text)))})"`;
}

/** A format of `printf` that writes these bytes; it does not begin with a dash, which would be an option. */
function printfFormat(bytes: Uint8Array): string {
  let format = "";
  for (const byte of bytes) {
    const isSpecial = byte === 0x25 || byte === 0x5c || (byte === 0x2d && format === "");
    const isPlain = byte >= 0x20 && byte < 0x7f && !isSpecial;
    format += isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return format;
}
