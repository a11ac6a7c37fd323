/**
 * The head of a request, checked and written in one pass. Nothing is appended where anything is wrong:
 * a line break in a value would be another field, or another request (CWE-93).
 */
import { LocalProtocolError } from "../../errors.ts";
import { type FieldLines, findField, invalidFieldReason, isToken } from "../../semantics/fields.ts";
import type { ByteWriter } from "./byte_writer.ts";

/** A request head. `fields` has everything to send: `Host` and the framing fields among them. */
export interface RequestHead {
  readonly method: string;
  /** RFC 9112 §3.2 */
  readonly target: string;
  readonly fields: FieldLines;
}

/** How the end of the content is told to the server (RFC 9112 §6.2). */
export type RequestFraming =
  | { readonly kind: "none" }
  | { readonly kind: "fixed"; readonly length: number }
  | { readonly kind: "chunked" };

const NONE: RequestFraming = { kind: "none" };
const CHUNKED: RequestFraming = { kind: "chunked" };

/** Writes heads of one connection. */
export class RequestWriter {
  /** The last field section, as it was given and as it went out. */
  #fields: FieldLines | null = null;
  #bytes = new Uint8Array(0);
  #framing = NONE;

  /**
   * Appends a head.
   *
   * @throws {LocalProtocolError} where a part can't be sent; then nothing was appended
   */
  writeHead(head: RequestHead, out: ByteWriter): RequestFraming {
    const start = out.length;
    writeRequestLine(head, out);
    if (head.fields === this.#fields) {
      // A client sends the same list with most of its requests (bench: get_1k).
      out.append(this.#bytes);
      return this.#framing;
    }
    const fieldsStart = out.length;
    try {
      this.#framing = writeFields(head.fields, out);
    } catch (error) {
      out.truncate(start);
      throw error;
    }
    this.#fields = head.fields;
    this.#bytes = out.bytes().slice(fieldsStart);
    return this.#framing;
  }
}

function writeRequestLine({ method, target }: RequestHead, out: ByteWriter): void {
  if (!isToken(method)) throw new LocalProtocolError("the method is not a token");
  if (!isRequestTarget(target)) {
    throw new LocalProtocolError("the request target contains a space or a control character");
  }
  out.appendLatin1(method);
  out.appendLatin1(" ");
  out.appendLatin1(target);
  out.appendLatin1(" HTTP/1.1\r\n");
}

function writeFields(fields: FieldLines, out: ByteWriter): RequestFraming {
  let framing = NONE;
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? "";
    const value = fields[i + 1] ?? "";
    const reason = invalidFieldReason(name, value);
    if (reason !== null) {
      throw new LocalProtocolError(`header "${printable(name)}" is invalid: ${reason}`);
    }
    // Only these two lengths can be framing fields.
    if (name.length === 14 || name.length === 17) framing = frame(framing, name, value);
    out.appendLatin1(name);
    out.appendLatin1(": ");
    out.appendLatin1(value);
    out.appendLatin1("\r\n");
  }
  out.appendLatin1("\r\n");
  if (findField(fields, "host") === null) {
    throw new LocalProtocolError("the Host header is missing");
  }
  return framing;
}

function frame(framing: RequestFraming, name: string, value: string): RequestFraming {
  const lower = name.toLowerCase();
  if (lower !== "content-length" && lower !== "transfer-encoding") return framing;
  if (framing.kind !== "none") {
    throw new LocalProtocolError(
      "Content-Length and Transfer-Encoding say two things about the body",
    );
  }
  if (lower === "transfer-encoding") {
    if (value.toLowerCase() === "chunked") return CHUNKED;
    throw new LocalProtocolError("Transfer-Encoding can only be chunked");
  }
  if (!/^[0-9]{1,15}$/.test(value)) throw new LocalProtocolError("Content-Length is not a number");
  return { kind: "fixed", length: Number(value) };
}

/** No space, control character or anything beyond ASCII (RFC 9112 §3.2 says a URI has none). */
function isRequestTarget(target: string): boolean {
  for (let i = 0; i < target.length; i++) {
    const c = target.charCodeAt(i);
    if (c <= 32 || c >= 127) return false;
  }
  return target.length > 0;
}

function printable(name: string): string {
  return name.slice(0, 40).replace(/[^\x20-\x7e]/g, "?");
}
