/** The body of a response as it came, before any decoding: what a cache keeps. */
import { ChunkStream } from "../../../message/response/body_streams.ts";
import { bodyOf, type Response } from "../../../message/response/response.ts";
import { ResponseBody } from "../../../message/response/response_body.ts";
import { SyncBody } from "../../../message/response/sync_body.ts";
import type { BodyStream } from "../../../semantics/body.ts";
import { forbidsBody } from "../../../semantics/status.ts";

/** Where the bytes are: here, to come, or to be asked for by a caller that blocks. */
export type RawBody =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "stream"; readonly stream: BodyStream }
  | { readonly kind: "blocking"; readonly body: SyncBody };

/** The undecoded body of a response that was not read; `null` if that is lost, or not to be had. */
export function rawBodyOf(response: Response): RawBody | null {
  // These have no body.
  if (forbidsBody(response.status)) return { kind: "bytes", bytes: new Uint8Array(0) };
  const body = bodyOf(response);
  if (body.content !== null) {
    // What was read is decoded.
    const isCoded = response.headers.has("content-encoding") && body.content.length > 0;
    return isCoded ? null : { kind: "bytes", bytes: body.content };
  }
  if (body.state !== "unread") return null;
  if (body instanceof SyncBody) return { kind: "blocking", body };
  return body.stream === null ? null : { kind: "stream", stream: body.stream };
}

/** A body of bytes that the caller may keep, still under the given content coding. */
export function bodyOfBytes(bytes: Uint8Array, contentEncoding: string | null): ResponseBody {
  if (contentEncoding === null || bytes.length === 0) return new ResponseBody({ content: bytes });
  return new ResponseBody({ stream: new ChunkStream([bytes]), contentEncoding });
}

/** A body that is in memory, as a stream. */
export class BytesStream implements BodyStream {
  readonly trailers = null;
  #bytes: Uint8Array | null;
  readonly bytesReceived: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.length === 0 ? null : bytes;
    this.bytesReceived = bytes.length;
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#bytes;
    this.#bytes = null;
    return Promise.resolve(bytes);
  }

  readAll(maxBytes = Infinity, tooLarge?: () => Error): Uint8Array {
    const bytes = this.#bytes ?? new Uint8Array(0);
    this.#bytes = null;
    if (bytes.length > maxBytes) throw tooLarge?.();
    return bytes;
  }

  cancel(): Promise<void> {
    this.#bytes = null;
    return Promise.resolve();
  }
}
