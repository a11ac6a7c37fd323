/**
 * Log lines: httpx's, one for each response, and httpcore's, one for each event on the way. They show no secret:
 * fields and URLs are masked by name, and a request or a stream is named, not shown.
 */
import { maskFieldValue, maskURL } from "./mask.ts";
import type { TraceInfo, TraceListener } from "./trace.ts";

/**
 * Where log lines go: `console`, a logger of pino or LogTape, or anything with these two methods. One that can tell
 * whether it wants lines of a level at all (`isLevelEnabled()`, `isEnabledFor()`) is asked first. A logger that throws
 * disturbs no call.
 *
 * @example Into a list
 * ```ts
 * import { Client, type Logger, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const logger: Logger = { info: (line) => lines.push(line), debug: () => {} };
 * const transport = new MockTransport(() => new Response(200));
 * await using client = new Client({ logger, transport });
 * await client.get("https://user:secret@example.org/");
 * assertEquals(lines, ['HTTP Request: GET https://user:[secure]@example.org/ "HTTP/1.1 200 OK"']);
 * ```
 */
export interface Logger {
  /** Takes a line for each event on the network: connecting, sending, receiving, closing. */
  debug(message: string): void;
  /** Takes a line for each response. */
  info(message: string): void;
  /** Takes a line for what is probably a mistake of the server. Default: `info`. */
  warn?(message: string): void;
}

/** One response, as far as its line shows it. */
export interface LoggedResponse {
  readonly request: { readonly method: string; readonly url: string };
  readonly httpVersion: string;
  readonly status: number;
  readonly statusText: string;
}

/** Writes the line of a response, and other lines of the same level. */
export interface ResponseLog {
  (response: LoggedResponse): void;
  line(text: string): void;
  warn(text: string): void;
}

/**
 * An option that is a logger, or none.
 *
 * @throws {TypeError} for anything that has not both methods
 */
export function checkLogger(logger: Logger | null | undefined): Logger | null {
  if (logger === null || logger === undefined) return null;
  const isLogger = typeof logger.debug === "function" && typeof logger.info === "function";
  if (isLogger) return logger;
  throw new TypeError(
    'Cannot use option "logger": give an object with the methods debug and info, such as console',
  );
}

/**
 * Who writes httpx's lines, `HTTP Request: GET https://www.example.com/ "HTTP/1.1 200 OK"`; `null` without a logger.
 *
 * @throws {TypeError} for what is no logger
 */
export function responseLog(given: Logger | null | undefined): ResponseLog | null {
  const logger = checkLogger(given);
  if (logger === null) return null;
  const line = (text: string) => put(logger, "info", visible(text));
  const logResponse = (response: LoggedResponse) => {
    if (!wants(logger, "info")) return;
    const { request: { method, url }, httpVersion, status, statusText } = response;
    const outcome = `${httpVersion} ${status} ${visible(statusText)}`.trimEnd();
    put(logger, "info", `HTTP Request: ${method} ${maskURL(url)} "${outcome}"`);
  };
  const warn = (text: string) => put(logger, logger.warn ? "warn" : "info", visible(text));
  return Object.assign(logResponse, { line, warn });
}

/** Who writes httpcore's lines, `connection.connect_tcp.started host='www.example.com' port=443 …`; `null` if unwanted. */
export function networkLog(logger: Logger | null): TraceListener | null {
  if (logger === null || !wants(logger, "debug")) return null;
  return (event, info) => {
    const isNothing = "return_value" in info && info.return_value === null;
    put(logger, "debug", isNothing ? event : [event, ...pairsOf(info)].join(" "));
  };
}

/** pino's and LogTape's names for one question. */
interface Asked {
  isLevelEnabled?(level: string): unknown;
  isEnabledFor?(level: string): unknown;
}

function wants(logger: Logger & Asked, level: "debug" | "info"): boolean {
  try {
    const answer = logger.isLevelEnabled?.(level) ?? logger.isEnabledFor?.(level);
    return answer !== false;
  } catch {
    return true;
  }
}

function put(logger: Logger, level: "debug" | "info" | "warn", line: string): void {
  // LogTape takes a line for a template: what stands in braces would be looked up.
  const text = "category" in logger ? line.replace(/[{}]/g, "$&$&") : line;
  try {
    logger[level]?.(text);
  } catch {
    // As Python's logging: a broken log is no reason for a broken request.
  }
}

function pairsOf(info: TraceInfo): string[] {
  return Object.entries(info).map(([name, value]) => `${name}=${shown(value)}`);
}

/** A value as it may be printed, quoted as in httpcore's lines. */
function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return listed(value);
  if (value instanceof Error) return `${value.name}(${quoted(value.message)})`;
  if (typeof value !== "object" || value === null) return String(value);
  if ("remoteAddress" in value) return `<NetworkStream ${addressOf(value.remoteAddress)}>`;
  if ("method" in value) return `<Request [${shown(value.method)}]>`;
  const pairs = Object.entries(value).map(([name, part]) => `${name}: ${shown(part)}`);
  return `{${pairs.join(", ")}}`;
}

/** A list; where it is a field's name and value, the value is shown as far as it may be. */
function listed(values: readonly unknown[]): string {
  const [name, value] = values;
  const isField = values.length === 2 && typeof name === "string" && typeof value === "string";
  const parts = isField ? [name, maskFieldValue(name, value)] : values;
  return `[${parts.map(shown).join(", ")}]`;
}

function addressOf(address: unknown): string {
  if (typeof address !== "object" || address === null) return "";
  const { host, port } = address as { host: string; port: number }; // a SocketAddress
  if (port === 0) return host;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** In single quotes. */
function quoted(text: string): string {
  return `'${visible(text.replace(/[\\']/g, "\\$&"))}'`;
}

/** Whatever a server puts in, it stays on its line, and a terminal obeys none of it. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
