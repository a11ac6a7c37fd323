/**
 * Conversations written down as Markdown, for people first: why it matters, who sends which bytes, and
 * what the client makes of them.
 *
 * Each `##` heading begins one. Its fenced blocks are `client` (bytes that must be sent), `server` (bytes
 * that arrive; `server closes`: and the connection ends) and, last, `events` (one line each, as `record.ts`
 * writes them). In bytes, line breaks of the file count for nothing: `\r`, `\n`, `\t`, `\0`, `\\` and
 * `\xHH` say what is meant.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { RequestHead } from "../../src/wire/http1/engine.ts";
import { bytesOf } from "./record.ts";

/** Bytes that the client must send: a request, or what was left of one. */
export interface ClientStep {
  readonly by: "client";
  readonly bytes: Uint8Array;
  /** Where a request begins. */
  readonly head: RequestHead | null;
  /** Pieces of content, without the framing of chunks. */
  readonly content: readonly Uint8Array[];
  /** Whether the request ends here. */
  readonly ends: boolean;
}

/** Bytes that arrive. */
export interface ServerStep {
  readonly by: "server";
  readonly bytes: Uint8Array;
  /** Whether the connection ends after them. */
  readonly closes: boolean;
}

export type Step = ClientStep | ServerStep;

/** One conversation. */
export interface Transcript {
  readonly title: string;
  readonly why: string;
  readonly steps: readonly Step[];
  readonly events: readonly string[];
}

/** All conversations of a folder's Markdown files, by file name. */
export function readTranscripts(folder: URL): Map<string, Transcript[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".md")).sort();
  return new Map(
    names.map((name) => [name, parseTranscripts(readFileSync(new URL(name, folder), "utf8"))]),
  );
}

/** The conversations of one file. */
export function parseTranscripts(markdown: string): Transcript[] {
  const [, ...sections] = markdown.split(/^## /m);
  return sections.map(parseTranscript);
}

/** Bytes in the notation of `client` and `server` blocks. */
export function readBytes(block: string): Uint8Array {
  const text = block.replaceAll("\n", "").replace(
    /\\(x[0-9a-fA-F]{2}|.?)/g,
    (whole, escape: string) => {
      const char = escape.length === 3
        ? String.fromCharCode(parseInt(escape.slice(1), 16))
        : ESCAPES[escape];
      if (char === undefined) throw new Error(`Cannot read "${whole}" in a transcript`);
      return char;
    },
  );
  return bytesOf(text);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "r": "\r",
  "n": "\n",
  "t": "\t",
  "0": "\0",
  "\\": "\\",
};

function parseTranscript(section: string): Transcript {
  const title = section.split("\n", 1)[0] ?? "";
  const blocks = [...section.matchAll(/^```([a-z ]+)\n([^]*?)^```$/gm)];
  const why = section.slice(title.length, blocks[0]?.index).trim();
  const fail = (fault: string) => new Error(`Cannot read the transcript "${title}": ${fault}`);
  if (why === "") throw fail("it does not say why");
  const steps: Step[] = [];
  const reader = new RequestReader();
  let events: string[] | null = null;
  for (const [, kind = "", text = ""] of blocks) {
    if (events !== null) throw fail("something follows its events");
    if (kind === "events") events = text.trimEnd().split("\n");
    else if (kind === "client") steps.push(reader.read(readBytes(text)));
    else if (kind === "server" || kind === "server closes") {
      steps.push({ by: "server", bytes: readBytes(text), closes: kind !== "server" });
    } else throw fail(`no block is called "${kind}"`);
  }
  if (events === null) throw fail("it has no events");
  return { title, why, steps, events };
}

/** Takes requests apart, so that they can be made again. It trusts them: they are ours. */
class RequestReader {
  /** Content still to come, or `"chunked"`. */
  #rest: number | "chunked" = 0;

  read(bytes: Uint8Array): ClientStep {
    let text = String.fromCharCode(...bytes);
    let head: RequestHead | null = null;
    if (this.#rest === 0) {
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) throw new Error("Cannot read a request: its head has no end");
      head = readHead(text.slice(0, end));
      text = text.slice(end + 4);
      this.#rest = restOf(head);
    }
    const content = this.#rest === "chunked" ? this.#readChunks(text) : this.#readPlain(text);
    return { by: "client", bytes, head, content, ends: this.#rest === 0 };
  }

  #readPlain(text: string): Uint8Array[] {
    this.#rest = Number(this.#rest) - text.length;
    return text === "" ? [] : [bytesOf(text)];
  }

  #readChunks(text: string): Uint8Array[] {
    const content: Uint8Array[] = [];
    for (let at = 0; at < text.length;) {
      const lineEnd = text.indexOf("\r\n", at);
      const size = parseInt(text.slice(at, lineEnd), 16);
      if (size === 0) this.#rest = 0;
      else content.push(bytesOf(text.slice(lineEnd + 2, lineEnd + 2 + size)));
      at = lineEnd + 2 + size + 2;
    }
    return content;
  }
}

function readHead(text: string): RequestHead {
  const [line = "", ...fieldLines] = text.split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const fields = fieldLines.flatMap((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
  return { method, target, fields };
}

function restOf({ fields }: RequestHead): number | "chunked" {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]?.toLowerCase();
    if (name === "transfer-encoding") return "chunked";
    if (name === "content-length") return Number(fields[i + 1]);
  }
  return 0;
}
