/** Answers from a recording: strictly, each entry once, in order for each method and URL. */
import { Response } from "../../message/response/response.ts";
import type { Request } from "../../message/request.ts";
import { bytesOfText, type HAREntry, type HARRequest } from "./har.ts";

/** A request that a recording has no answer for. The message says what differs from the nearest entry. */
export class UnrecordedRequest extends Error {
  override readonly name = "UnrecordedRequest";
  /** The request. */
  readonly request: Request;

  /** Made by `record()`. */
  constructor(message: string, request: Request) {
    super(message);
    this.request = request;
  }
}

/** Whether a recorded request is the one that is sent; both are without secrets. */
export type RecordMatch = (sent: HARRequest, recorded: HARRequest) => boolean;

/** The entries of a file, and which were used. */
export class Recording {
  readonly #entries: readonly HAREntry[];
  readonly #used = new Set<HAREntry>();
  readonly #match: RecordMatch | null;
  readonly #file: string;

  constructor(entries: readonly HAREntry[], init: { file: string; match: RecordMatch | null }) {
    this.#entries = entries;
    this.#file = init.file;
    this.#match = init.match;
  }

  /**
   * The recorded answer to a request, which is used up.
   *
   * @throws {UnrecordedRequest} if there is none
   */
  answer(sent: HARRequest, request: Request): Response {
    const left = this.#entries.filter((entry) => !this.#used.has(entry));
    const match = this.#match;
    const found = match === null
      ? left.find(({ request }) => isSameTarget(sent, request))
      : left.find(({ request }) => match(sent, request));
    const isFound = found !== undefined &&
      (match !== null || difference(sent, found.request) === null);
    if (!isFound) throw new UnrecordedRequest(this.#complaint(sent, left), request);
    this.#used.add(found);
    return responseOf(found);
  }

  #complaint(sent: HARRequest, left: readonly HAREntry[]): string {
    const head = `No recorded answer for ${sent.method} ${sent.url} in ${this.#file}`;
    const isUsedUp = this.#entries.some((entry) =>
      this.#used.has(entry) && difference(sent, entry.request) === null
    );
    if (isUsedUp) return `${head}: it was recorded, and each of its answers is used`;
    const nearest = nearestTo(sent, left);
    if (nearest === null) return `${head}: every entry is used`;
    const { method, url } = nearest.request;
    return `${head}; the nearest is\n  ${method} ${url}: ${difference(sent, nearest.request)}`;
  }
}

function isSameTarget(sent: HARRequest, recorded: HARRequest): boolean {
  return sent.method === recorded.method && sent.url === recorded.url;
}

/** The first thing that differs; `null` if nothing does. */
export function difference(sent: HARRequest, recorded: HARRequest): string | null {
  if (sent.method !== recorded.method) {
    return `the method is ${sent.method}, not ${recorded.method}`;
  }
  const inURL = differenceOfURLs(sent.url, recorded.url);
  if (inURL !== null) return inURL;
  const [body, recordedBody] = [comparableBody(sent), comparableBody(recorded)];
  return body === recordedBody ? null : differenceOfTexts(body, recordedBody);
}

function differenceOfURLs(sent: string, recorded: string): string | null {
  if (sent === recorded) return null;
  const [one, other] = [new URL(sent), new URL(recorded)];
  if (one.origin !== other.origin) return `the origin is ${one.origin}, not ${other.origin}`;
  if (one.pathname !== other.pathname) return `the path is ${one.pathname}, not ${other.pathname}`;
  return `the query is "${one.search}", not "${other.search}"`;
}

/** A multipart boundary is another each time. */
function comparableBody({ postData }: HARRequest): string {
  if (postData === undefined) return "";
  const [, boundary] = /boundary="?([^";]+)/i.exec(postData.mimeType) ?? [];
  const { text, _encoding: encoding } = postData;
  if (boundary === undefined) return text;
  const plain = encoding === undefined ? text : atob(text);
  return plain.replaceAll(boundary, "boundary");
}

/** How much of a line is quoted. */
const QUOTED_CHARS = 80;

function differenceOfTexts(sent: string, recorded: string): string {
  if (sent === "") return "it has no body, and the recorded one has";
  if (recorded === "") return "it has a body, and the recorded one has none";
  const [one, other] = [sent.split("\n"), recorded.split("\n")];
  const line = one.findIndex((text, i) => text !== other[i]);
  const at = line < 0 ? one.length : line;
  const [ours = "", theirs = ""] = [one[at], other[at]];
  const column = [...ours].findIndex((char, i) => char !== theirs[i]);
  const begin = Math.max(0, (column < 0 ? ours.length : column) - QUOTED_CHARS / 2);
  const part = (text: string) => JSON.stringify(text.slice(begin, begin + QUOTED_CHARS));
  return `line ${at + 1} of the body is ${part(ours)}, not ${part(theirs)}`;
}

/** The same method and URL is nearest, then the same path, then the same method. */
function nearestTo(sent: HARRequest, entries: readonly HAREntry[]): HAREntry | null {
  const pathOf = (url: string) => new URL(url).pathname;
  const score = ({ request }: HAREntry) =>
    (request.method === sent.method ? 1 : 0) +
    (pathOf(request.url) === pathOf(sent.url) ? 2 : 0) + (request.url === sent.url ? 4 : 0);
  let nearest: HAREntry | null = null;
  for (const entry of entries) {
    if (nearest === null || score(entry) > score(nearest)) nearest = entry;
  }
  return nearest;
}

/** The content is decoded already: what says how it was sent is left out. */
const OF_THE_WIRE = new Set(["content-encoding", "content-length", "transfer-encoding"]);

function responseOf({ response }: HAREntry): Response {
  const { status, statusText, httpVersion, headers, content } = response;
  const kept = headers.filter(({ name }) => !OF_THE_WIRE.has(name.toLowerCase()));
  return new Response(status, {
    headers: kept.map(({ name, value }): [string, string] => [name, value]),
    content: bytesOfText(content.text, content.encoding),
    extensions: { http_version: httpVersion, reason_phrase: statusText },
  });
}
