/**
 * The one place where the four body options of a request become what is sent: a source of bytes and the headers that
 * describe it. Headers the caller has set are not looked at here, but for the `Content-Type` whose boundary a form
 * takes over.
 */
import type { BodySource } from "../../semantics/body.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import { kindOf } from "../../semantics/kind.ts";
import { encodeJSON } from "./json.ts";
import { type ByteContent, BytesSource } from "./source/byte_source.ts";
import { contentSource } from "./source/content_source.ts";
import { formFields, type FormInit, urlEncode } from "./form.ts";
import { encodeMultipart, type FilesInit, type FormContent } from "./multipart.ts";

/** The body options of a request. At most one of `content`, `data` with `files`, and `json`. */
export interface ContentInit {
  /** Bytes as they are; a string is sent as UTF-8. A `Blob` brings its type along, the others none. */
  readonly content?: ByteContent | null | undefined;
  /** A form, URL-encoded, or multipart where it is a `FormData` or there are `files`. */
  readonly data?: FormInit | null | undefined;
  /** Files of a multipart form, sent after the fields of `data`. */
  readonly files?: FilesInit | null | undefined;
  /** A value that `JSON.stringify` can write. `null` is sent, `undefined` is no body. */
  readonly json?: unknown;
}

/** What a request will send. */
export interface EncodedContent {
  /** The body, or `null` where there is none, or an empty one without a type. */
  readonly source: BodySource | null;
  /** Headers to add where the request has none of that name. */
  readonly fields: FieldLines;
}

const NOTHING: EncodedContent = { source: null, fields: [] };
const encoder = new TextEncoder();

/**
 * Encodes the body of a request.
 *
 * @param headers those that the request has already
 * @throws {TypeError} for two options at once, and for what cannot be sent; the message says which and why
 */
export function encodeContent(
  init: ContentInit,
  headers: { get(name: string): string | null },
): EncodedContent {
  const { content, data, files, json } = init;
  // The roads of most requests (bench: get_1k, post_1k).
  if (data == null && files == null && json === undefined) {
    return content == null ? NOTHING : encodeBytes(content);
  }
  const forms = [data != null && "data", files != null && "files"].filter(Boolean).join("+");
  const given = [content != null && "content", forms, json !== undefined && "json"].filter(Boolean);
  if (given.length > 1) {
    throw new TypeError(`Cannot send ${given.join(" and ")} at once: a request has one body`);
  }
  if (json !== undefined) return described(encoder.encode(encodeJSON(json)), "application/json");
  const contentType = headers.get("content-type");
  return encodeForm({ data: data ?? {}, files: files ?? {}, contentType });
}

/** The headers of a source: its size, or that it is chunked, and its type. */
function withFields(source: BodySource, type: string): EncodedContent {
  const framing = source.sizeBytes === null
    ? ["Transfer-Encoding", "chunked"]
    : ["Content-Length", String(source.sizeBytes)];
  return { source, fields: type ? [...framing, "Content-Type", type] : framing };
}

function described(bytes: Uint8Array, type: string): EncodedContent {
  return withFields(new BytesSource(bytes), type);
}

function encodeBytes(content: ByteContent): EncodedContent {
  const source = contentSource(content);
  if (source === null) {
    throw new TypeError(
      `Cannot send content of type ${
        kindOf(content)
      }: give a string, bytes, a Blob, a stream or an iterable of bytes;` +
        " for other values there are json and data",
    );
  }
  if (source.bytes?.length === 0) return NOTHING;
  return withFields(source, content instanceof Blob ? content.type : "");
}

function encodeForm(form: FormContent): EncodedContent {
  const inParts = encodeMultipart(form);
  if (inParts !== null) return withFields(inParts.source, inParts.type);
  const text = urlEncode(formFields(form.data as Exclude<FormInit, FormData>)); // that has parts
  return text ? described(encoder.encode(text), "application/x-www-form-urlencoded") : NOTHING;
}
