/** Fetch §5.2, "extract a body": what a body is sent as, and the type that goes with it. */
import type { BodyOptions } from "../options/options.ts";
import { bufferSmallBody } from "./buffer_small_body.ts";
import type { FetchInput } from "./fetch_init.ts";

/** A body as a client's options have it. */
export interface ExtractedBody {
  /** For a request that names none; `null` if the body has none, or brings it itself. */
  readonly type: string | null;
  readonly options: BodyOptions;
}

/** Nothing to send. */
export const NO_BODY: ExtractedBody = { type: null, options: {} };

/**
 * The body of a fetch.
 *
 * @throws {TypeError} for a stream that is locked or was read before
 */
export function extractBody({ body, bodyOf }: FetchInput): ExtractedBody | Promise<ExtractedBody> {
  if (bodyOf !== null) return bodyOfRequest(bodyOf);
  return body === null ? NO_BODY : extract(body);
}

async function bodyOfRequest({ body: stream }: globalThis.Request): Promise<ExtractedBody> {
  if (stream === null) return NO_BODY;
  if (stream.locked) throw new TypeError("Cannot fetch this Request: its body is locked");
  const content = await bufferSmallBody(stream as ReadableStream<Uint8Array<ArrayBuffer>>);
  return { type: null, options: { content } };
}

/** By what values are, not by their class: those of other realms and of polyfills are sent too. */
function extract(body: unknown): ExtractedBody {
  if (typeof body !== "object" || body === null) return textBody(String(body));
  switch (tagOf(body)) {
    case "FormData":
      return { type: null, options: { data: body as FormData } };
    case "URLSearchParams": {
      const type = "application/x-www-form-urlencoded;charset=UTF-8";
      return { type, options: { content: String(body) } };
    }
    case "Blob":
    case "File":
      return { type: (body as Blob).type || null, options: { content: body as Blob } };
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return { type: null, options: { content: new Uint8Array(body as ArrayBuffer) } };
  }
  if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body;
    const content = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    return { type: null, options: { content } };
  }
  if (typeof (body as ReadableStream).getReader === "function") {
    return streamBody(body as ReadableStream<Uint8Array>);
  }
  if (Symbol.asyncIterator in body) {
    return { type: null, options: { content: body as AsyncIterable<Uint8Array> } };
  }
  return textBody(String(body));
}

function textBody(text: string): ExtractedBody {
  return { type: "text/plain;charset=UTF-8", options: { content: text } };
}

function streamBody(body: ReadableStream<Uint8Array>): ExtractedBody {
  if (body.locked) throw new TypeError("Cannot fetch with this stream: it is locked");
  return { type: null, options: { content: body } };
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
