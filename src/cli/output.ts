/**
 * What is shown of an answer. People on a terminal get the status line, the headers, and the body made readable; a pipe
 * gets the body as it is, byte by byte as it comes.
 */
import type { Response } from "../message/response/response.ts";
import type { Output } from "../runtime/program/program.ts";
import { parseMediaType } from "../semantics/media_type.ts";
import { highlightJSON, highlightMarkup, type Ink, type Paint } from "./highlight.ts";
import { looksBinary, visible, visibleLine, VisibleStream } from "./visible.ts";

/** How a body is shown. `"unknown"` has no `Content-Type`: what it looks like decides. */
export type BodyKind = "json" | "markup" | "text" | "binary" | "unknown";

/** How output looks. */
export interface Look {
  readonly paint: Paint;
  /** Whether bodies are made readable. */
  readonly isReadable: boolean;
}

/** Media types that are text though their first half does not say so. */
const TEXTS: ReadonlySet<string> = new Set([
  "application/ecmascript",
  "application/graphql",
  "application/javascript",
  "application/jsonl",
  "application/jwt",
  "application/ld+json-seq",
  "application/sql",
  "application/toml",
  "application/x-javascript",
  "application/x-ndjson",
  "application/x-sh",
  "application/x-www-form-urlencoded",
  "application/x-yaml",
  "application/yaml",
]);

const encoder = new TextEncoder();

/** Colours on a terminal, unless the environment knows better: https://no-color.org, https://force-color.org. */
export function lookFor(
  output: Output,
  { environment, paints }: {
    readonly environment: (name: string) => string | undefined;
    readonly paints: { readonly plain: Paint; readonly colored: Paint };
  },
): Look {
  const force = environment("FORCE_COLOR");
  const isForced = force !== undefined && force !== "0" && force !== "false";
  const wantsColor = isForced ||
    (force === undefined && output.isTerminal && environment("TERM") !== "dumb");
  const isColored = wantsColor && environment("NO_COLOR") === undefined;
  return {
    paint: isColored ? paints.colored : paints.plain,
    isReadable: output.isTerminal || isForced,
  };
}

/** Writes text. */
export async function print(output: Output, text: string): Promise<void> {
  if (text !== "") await output.write(encoder.encode(text));
}

/** Which way a body is shown. */
export function bodyKind(contentType: string | null): BodyKind {
  if (contentType === null) return "unknown";
  const { essence } = parseMediaType(contentType);
  if (essence === null) return "unknown";
  if (essence === "application/json" || essence === "text/json" || essence.endsWith("+json")) {
    return "json";
  }
  if (/^(text\/html|(text|application)\/xml|.*\+xml)$/.test(essence)) return "markup";
  return essence.startsWith("text/") || TEXTS.has(essence) ? "text" : "binary";
}

/** The status line and the headers, as lines. */
export function headText(response: Response, paint: Paint): string {
  const { httpVersion, status, statusText, headers } = response;
  const code = paint(statusInk(status), visibleLine(`${status} ${statusText}`.trimEnd()));
  const line = `${paint("protocol", visibleLine(httpVersion))} ${code}\n`;
  return line + fieldLines(headers, paint);
}

/** Header lines, their names as they were written. */
export function fieldLines(headers: Response["headers"], paint: Paint): string {
  const { lines } = headers;
  return headers.multiItems().map(([, value], i) =>
    `${paint("name", visibleLine(lines[2 * i] ?? ""))}: ${visibleLine(value)}\n`
  ).join("");
}

function statusInk(status: number): Ink {
  if (status >= 400) return "bad";
  return status >= 200 && status < 300 ? "good" : "moved";
}

/** Writes a body that was not read yet. */
export async function writeBody(response: Response, output: Output, look: Look): Promise<void> {
  const kind = look.isReadable ? bodyKind(response.headers.get("content-type")) : null;
  switch (kind) {
    case null:
      return await writeBytes(response, output);
    case "text":
      return await writeText(response, output);
    case "binary":
      return output.isTerminal
        ? await writeSize(response, output)
        : await writeBytes(response, output);
    default:
      return await writeWhole(response, { kind, output, look });
  }
}

async function writeBytes(response: Response, output: Output): Promise<void> {
  for await (const bytes of response.iterBytes()) await output.write(bytes);
}

/** As it comes: a stream of events may have no end. */
async function writeText(response: Response, output: Output): Promise<void> {
  const stream = new VisibleStream();
  let last = "";
  const show = async (text: string) => {
    if (text === "") return;
    await print(output, (last === "" ? beforeBody(output) : "") + text);
    last = text;
  };
  try {
    for await (const piece of response.iterText()) await show(stream.push(piece));
  } finally { // also where it breaks off: what follows begins a line
    await show(stream.end());
    if (last !== "") await print(output, withLineEnd("", last));
  }
}

async function writeSize(response: Response, output: Output): Promise<void> {
  let size = 0;
  for await (const bytes of response.iterBytes()) size += bytes.length;
  if (size > 0) await print(output, beforeBody(output) + sizeNote(size));
}

function sizeNote(size: number): string {
  return `<${size} bytes of binary data>\n`;
}

/** What has to be known to its end before it can be shown. */
async function writeWhole(
  response: Response,
  { kind, output, look }: {
    readonly kind: "json" | "markup" | "unknown";
    readonly output: Output;
    readonly look: Look;
  },
): Promise<void> {
  const bytes = await response.read();
  if (bytes.length === 0) return;
  const raw = (await response.text()).replace(/^\ufeff/, "");
  if (kind === "unknown" && looksBinary(raw)) {
    if (!output.isTerminal) return await output.write(bytes);
    return await print(output, beforeBody(output) + sizeNote(bytes.length));
  }
  const text = kind === "json" ? highlightJSON(raw, look.paint) : null;
  if (text !== null) return await print(output, `${beforeBody(output)}${text}\n`);
  const shown = visible(raw);
  const painted = kind === "markup" ? highlightMarkup(shown, look.paint) : shown;
  await print(output, beforeBody(output) + withLineEnd(painted, shown));
}

/** The head is shown on terminals alone, and a line parts it from the body. */
function beforeBody({ isTerminal }: Output): string {
  return isTerminal ? "\n" : "";
}

/** The prompt that follows begins a line of its own; `shown` is what the end of the text looks like. */
function withLineEnd(text: string, shown: string): string {
  return shown.endsWith("\n") ? text : `${text}\n`;
}
