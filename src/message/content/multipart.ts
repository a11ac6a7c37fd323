/**
 * `multipart/form-data`, RFC 7578, with names and file names written as browsers write them (HTML §4.10.21.8): UTF-8 as
 * it is; `"`, CR and LF as %22, %0D and %0A.
 *
 * A body is a row of sources, head and content of each part by turns. Its size is their sum where all are known, it
 * can be sent again where all can, and no part is read before the one in front of it has been sent.
 */
import { StreamConsumed } from "../../errors.ts";
import type { BodySource } from "../../semantics/body.ts";
import { invalidFieldReason, isToken } from "../../semantics/fields.ts";
import { parseMediaType } from "../../semantics/media_type.ts";
import { kindOf } from "../../semantics/kind.ts";
import { type ByteContent, BytesSource } from "./source/byte_source.ts";
import { contentSource } from "./source/content_source.ts";
import { formFields, type FormInit, pairsOf } from "./form.ts";
import { mediaTypeOfFile } from "./media_types.ts";
import { joinBytes } from "./join_bytes.ts";

/** Headers of one part, beside those made from its name, file name and type. */
export type PartHeaders =
  | { readonly [name: string]: string }
  | Iterable<readonly [name: string, value: string]>;

/**
 * One file of a form: its content, or `[filename, content, contentType?, headers?]`.
 *
 * The file name defaults to that of a `File` (else `"upload"`) and is left out where `null`; the type to that of a
 * `Blob`, else to what the file name's extension says, else to `application/octet-stream`.
 *
 * @example A file with a type and a header of its own
 * ```ts
 * import { type FileInit, Request } from "@httpx/httpx";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const file: FileInit = ["a.bin", new Uint8Array(3), "image/x-raw", { "X-Width": "1" }];
 * const request = new Request("POST", "https://example.org/upload", { files: { file } });
 * assertStringIncludes(new TextDecoder().decode(await request.read()), "X-Width: 1\r\nContent-Type: image/x-raw\r\n");
 * ```
 */
export type FileInit =
  | ByteContent
  | readonly [
    filename: string | null,
    content: ByteContent,
    contentType?: string | null,
    headers?: PartHeaders | null,
  ];

/**
 * The files of a form. A field with several is a list, or several pairs. Files are read while they are sent, never into
 * memory; where the size of all of them is known the request has a `Content-Length`, else it is chunked.
 *
 * @example Upload files
 * ```ts
 * import { type FilesInit, Request } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const photo = new File(["…"], "photo.jpg"); // or Bun.file(path), or await fs.openAsBlob(path) on Node
 * const files: FilesInit = {
 *   photo,
 *   report: ["report.csv", "a,b\n1,2\n"], // or ["report.csv", await Deno.open(path)]
 *   notes: [["1.txt", "one"], ["2.txt", "two", "text/markdown"]],
 * };
 * const request = new Request("POST", "https://example.org/upload", { data: { title: "Trip" }, files });
 * const headers = { "content-type": request.headers.get("content-type") ?? "" };
 * const form = await new globalThis.Response(await request.read() as BodyInit, { headers }).formData();
 * assertEquals([...form.keys()], ["title", "photo", "report", "notes", "notes"]);
 * ```
 */
export type FilesInit =
  | { readonly [field: string]: FileInit | readonly FileInit[] }
  | Iterable<readonly [field: string, file: FileInit | readonly FileInit[]]>;

/** What a form is written from. */
export interface FormContent {
  readonly data: FormInit;
  readonly files: FilesInit;
  /** The `Content-Type` that the request has already. */
  readonly contentType: string | null;
}

/** A form as a body, and the media type that names its boundary. */
export interface MultipartForm {
  readonly source: BodySource;
  readonly type: string;
}

/** A part before it is written. */
interface Part {
  readonly name: string;
  readonly filename?: string | null;
  readonly headers?: readonly (readonly [string, string])[];
  readonly source: BodySource;
}

/** Content up to this size is copied next to its head, so that small forms leave in one write. */
const JOIN_BYTES = 65_536;
const encoder = new TextEncoder();

/** A form as the body of a request. */
export class MultipartSource implements BodySource {
  readonly sizeBytes: number | null;
  readonly isReplayable: boolean;
  readonly bytes: Uint8Array | null;
  /** What it is made of, in order. */
  readonly row: readonly BodySource[];
  #isOpened = false;

  constructor(parts: readonly Part[], boundary: string) {
    const row = rowOf(parts, boundary);
    this.row = row;
    this.sizeBytes = row.reduce<number | null>(
      (sum, { sizeBytes }) => sum === null || sizeBytes === null ? null : sum + sizeBytes,
      0,
    );
    this.isReplayable = row.every((source) => source.isReplayable);
    this.bytes = row.length === 1 ? row[0]?.bytes ?? null : null;
  }

  open(): AsyncIterator<Uint8Array, void> {
    return new RowIterator(this.begin());
  }

  /** Marks it as read, and returns its row. */
  begin(): readonly BodySource[] {
    if (this.#isOpened && !this.isReplayable) {
      throw new StreamConsumed(
        "Cannot send this form again: a part is a stream, which is read once; give bytes, a Blob or a file",
      );
    }
    this.#isOpened = true;
    return this.row;
  }
}

/**
 * A form in parts, or `null` for fields without files. The boundary is that of `contentType`, where it has one.
 *
 * @throws {TypeError} for a file that is none, a part header that can't be sent, and a type without a boundary
 */
export function encodeMultipart({ data, files, contentType }: FormContent): MultipartForm | null {
  const uploads = fileParts(files);
  const isFormData = data instanceof FormData;
  if (!isFormData && uploads.length === 0) return null;
  const fields = isFormData
    ? formDataParts(data)
    : formFields(data).map(([name, value]) => fieldPart(name, value));
  const boundary = boundaryFor(contentType);
  const source = new MultipartSource([...fields, ...uploads], boundary);
  const parameter = isToken(boundary) ? boundary : JSON.stringify(boundary);
  return { source, type: `multipart/form-data; boundary=${parameter}` };
}

/** Parts of the fields and files that a `FormData` holds. */
export function formDataParts(form: FormData): Part[] {
  return [...form].map(([name, value]) =>
    typeof value === "string"
      ? fieldPart(withCRLF(name), withCRLF(value))
      : filePart(withCRLF(name), [nameOfEntry(value), value, value.type || null])
  );
}

/** Line ends of a `FormData`'s text, as the standard and every `fetch` write them (HTML §4.10.21.8). */
function withCRLF(text: string): string {
  return text.replace(/\r\n?|\n/g, "\r\n");
}

/** The name that the standard gives an entry without one (XMLHttpRequest §4); Bun gives it none. */
function nameOfEntry(file: { readonly name?: string }): string {
  return file.name ?? "blob";
}

/** The part of a field. */
export function fieldPart(name: string, value: string): Part {
  return { name, source: new BytesSource(encoder.encode(value)) };
}

/**
 * The parts of files, in order.
 *
 * @throws {TypeError} for a file that is none, and for a part header that cannot be sent
 */
export function fileParts(files: FilesInit): Part[] {
  return pairsOf<FileInit | readonly FileInit[]>(files, "files").flatMap(([field, value]) => {
    const isList = Array.isArray(value) && typeof value[0] !== "string" && value[0] !== null;
    const list = isList ? value : [value];
    return list.map((file) => filePart(field, file));
  });
}

/**
 * The boundary to write: that of a `Content-Type` that was set by hand, else 32 random hex digits.
 *
 * @throws {TypeError} where that type is multipart and has no boundary
 */
export function boundaryFor(contentType: string | null): string {
  const type = contentType === null ? null : parseMediaType(contentType);
  if (!type?.essence?.startsWith("multipart/")) {
    const random = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  const boundary = type.parameters.get("boundary");
  if (!boundary) {
    throw new TypeError(
      "Cannot send a form with this Content-Type: it has no boundary; leave it out and the right one is set",
    );
  }
  return boundary;
}

function filePart(field: string, file: FileInit): Part {
  const { filename, content, contentType, headers } = partsOfFile(file);
  const source = contentSource(content);
  if (source === null) {
    throw new TypeError(
      `Cannot send file "${field}": it is of type ${
        kindOf(content)
      }, not bytes, Blob, stream or [filename, content]`,
    );
  }
  const lines = [...pairsOf(headers ?? {}, `headers of file "${field}"`)];
  if (!lines.some(([name]) => name.toLowerCase() === "content-type")) {
    const blobType = content instanceof Blob ? content.type : "";
    const type = contentType ?? (filename === null ? "" : blobType || mediaTypeOfFile(filename));
    if (type) lines.push(["Content-Type", type]);
  }
  for (const [name, value] of lines) {
    const reason = invalidFieldReason(name, value);
    if (reason) throw new TypeError(`Cannot send file "${field}" with header "${name}": ${reason}`);
  }
  return { name: field, filename, headers: lines, source };
}

/** A file's `[filename, content, contentType, headers]` with the default name filled in. */
function partsOfFile(file: FileInit): {
  filename: string | null;
  content: unknown;
  contentType?: string | null | undefined;
  headers?: PartHeaders | null | undefined;
} {
  if (!Array.isArray(file)) return { filename: defaultFilename(file), content: file };
  const [filename = defaultFilename(file[1]), content, contentType, headers] = file;
  return { filename, content, contentType, headers };
}

/** The name of a `File`; Bun's files have a whole path there. */
function defaultFilename(content: unknown): string {
  const name = content instanceof Blob && "name" in content ? content.name : undefined;
  return typeof name === "string" && name.replace(/^.*[/\\]/, "") || "upload";
}

/** Sources in the order of the wire: neighbours that are small and in memory become one. */
function rowOf(parts: readonly Part[], boundary: string): BodySource[] {
  const row: BodySource[] = [];
  let pending: Uint8Array[] = [];
  for (const part of parts) {
    pending.push(encoder.encode(headOf(part, boundary)));
    const { bytes } = part.source;
    if (bytes !== null && bytes.length <= JOIN_BYTES) {
      pending.push(bytes);
    } else {
      row.push(new BytesSource(joinBytes(pending)), part.source);
      pending = [];
    }
    pending.push(encoder.encode("\r\n"));
  }
  pending.push(encoder.encode(`--${boundary}--\r\n`));
  row.push(new BytesSource(joinBytes(pending)));
  return row;
}

function headOf({ name, filename, headers = [] }: Part, boundary: string): string {
  const file = filename == null ? "" : `; filename="${escapeName(filename)}"`;
  const lines = headers.map(([header, value]) => `${header}: ${value}\r\n`).join("");
  return `--${boundary}\r\nContent-Disposition: form-data; name="${
    escapeName(name)
  }"${file}\r\n${lines}\r\n`;
}

function escapeName(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** Reads a row of sources one after the other, each opened when its turn comes. */
class RowIterator implements AsyncIterator<Uint8Array, void> {
  readonly #waiting: BodySource[];
  #current: AsyncIterator<Uint8Array, void> | null = null;

  constructor(row: readonly BodySource[]) {
    this.#waiting = [...row];
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    try {
      for (;;) {
        this.#current ??= this.#waiting.shift()?.open() ?? null;
        if (this.#current === null) return { done: true, value: undefined };
        const result = await this.#current.next();
        if (!result.done) return result;
        this.#current = null;
      }
    } catch (error) {
      this.#current = null;
      await this.return();
      throw error;
    }
  }

  /** Leaves the part that is being read, and cancels the streams whose turn will not come. */
  async return(): Promise<IteratorResult<Uint8Array, void>> {
    const streams = this.#waiting.splice(0).filter((source) => !source.isReplayable);
    const current = this.#current;
    this.#current = null;
    await Promise.all(
      [current, ...streams.map((source) => source.open())].map((it) => it?.return?.()),
    );
    return { done: true, value: undefined };
  }
}
