/** HAR 1.2, as far as it is written here, and how a request and its response become an entry of it. */
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import type { Timings } from "../../timings.ts";

/** A header, or a parameter. */
export interface HARPair {
  readonly name: string;
  readonly value: string;
}

/** The request of an entry. */
export interface HARRequest {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly cookies: readonly HARPair[];
  readonly headers: readonly HARPair[];
  readonly queryString: readonly HARPair[];
  /** The body; `_encoding` is `"base64"` for one that is not text, which HAR itself has no place for. */
  readonly postData?: {
    readonly mimeType: string;
    readonly text: string;
    readonly params: readonly HARPair[];
    readonly _encoding?: "base64";
  };
  readonly headersSize: number;
  readonly bodySize: number;
}

/** The response of an entry. */
export interface HARResponse {
  readonly status: number;
  readonly statusText: string;
  readonly httpVersion: string;
  readonly cookies: readonly HARPair[];
  readonly headers: readonly HARPair[];
  /** The decoded body. */
  readonly content: {
    readonly size: number;
    readonly mimeType: string;
    readonly text: string;
    readonly encoding?: "base64";
  };
  readonly redirectURL: string;
  readonly headersSize: number;
  readonly bodySize: number;
}

/** One exchange. */
export interface HAREntry {
  readonly startedDateTime: string;
  readonly time: number;
  readonly request: HARRequest;
  readonly response: HARResponse;
  readonly cache: Readonly<Record<never, never>>;
  readonly timings: Readonly<Record<TimingName, number>>;
  readonly serverIPAddress?: string;
  readonly comment?: string;
}

type TimingName = "blocked" | "dns" | "connect" | "ssl" | "send" | "wait" | "receive";

/** A file. */
export interface HAR {
  readonly log: {
    readonly version: "1.2";
    readonly creator: { readonly name: string; readonly version: string };
    readonly entries: readonly HAREntry[];
  };
}

/** An exchange, as it was seen. */
export interface Seen {
  readonly startedAt: Date;
  readonly request: Request;
  readonly requestBody: Uint8Array;
  readonly response: Response;
  /** Decoded. */
  readonly content: Uint8Array;
  readonly totalMs: number;
  readonly isWhole: boolean;
}

/** The entry of an exchange, with every secret in it. */
export function entryOf(seen: Seen): HAREntry {
  const { startedAt, request, requestBody, response, content, totalMs, isWhole } = seen;
  const { timings } = response;
  const location = response.headers.get("location");
  return {
    startedDateTime: startedAt.toISOString(),
    time: totalMs,
    request: requestOf(request, requestBody, response.httpVersion),
    response: {
      status: response.status,
      statusText: response.statusText,
      httpVersion: response.httpVersion,
      cookies: [],
      headers: pairsOf(response.headers.lines),
      content: contentOf(content, response.headers.get("content-type") ?? ""),
      redirectURL: location === null ? "" : new URL(location, request.url).href,
      headersSize: -1,
      bodySize: response.numBytesDownloaded,
    },
    cache: {},
    timings: timingsOf(timings, totalMs),
    ...addressOf(timings),
    ...(isWhole ? {} : { comment: "The body was not read to its end" }),
  };
}

/** A request as an entry has it. */
export function requestOf(
  request: Request,
  body: Uint8Array,
  httpVersion = "HTTP/1.1",
): HARRequest {
  const { method, url, headers } = request;
  const { text, encoding } = textOf(body);
  const postData = body.length === 0 ? {} : {
    postData: {
      mimeType: headers.get("content-type") ?? "",
      text,
      params: [],
      ...(encoding !== undefined && { _encoding: encoding }),
    },
  };
  return {
    method,
    url,
    httpVersion,
    cookies: [],
    headers: pairsOf(headers.lines),
    queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
    ...postData,
    headersSize: -1,
    bodySize: body.length,
  };
}

/** The bytes of a body that an entry has. */
export function bytesOfText(text: string, encoding: "base64" | undefined): Uint8Array<ArrayBuffer> {
  if (encoding === undefined) return new TextEncoder().encode(text);
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function contentOf(bytes: Uint8Array, mimeType: string): HARResponse["content"] {
  const { text, encoding } = textOf(bytes);
  return { size: bytes.length, mimeType, text, ...(encoding !== undefined && { encoding }) };
}

/** UTF-8 as text, all else as base64. */
function textOf(bytes: Uint8Array): { readonly text: string; readonly encoding?: "base64" } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return { text: btoa(binary), encoding: "base64" };
  }
}

function pairsOf(lines: readonly string[]): HARPair[] {
  const pairs: HARPair[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    pairs.push({ name: lines[i] ?? "", value: lines[i + 1] ?? "" });
  }
  return pairs;
}

/** -1 is a part that does not apply; `connect` includes `ssl` (HAR 1.2). */
function timingsOf(timings: Timings | null, totalMs: number): HAREntry["timings"] {
  const none = { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait: totalMs, receive: 0 };
  if (timings === null) return none;
  const { queued, dns, connect, tls, sending, waiting, downloading } = timings;
  return {
    blocked: queued,
    dns: dns ?? -1,
    connect: connect === null ? -1 : connect + (tls ?? 0),
    ssl: tls ?? -1,
    send: sending ?? 0,
    wait: waiting ?? 0,
    receive: downloading ?? 0,
  };
}

function addressOf(timings: Timings | null): { readonly serverIPAddress?: string } {
  const host = timings?.remoteAddress?.host;
  return host === undefined ? {} : { serverIPAddress: host };
}
