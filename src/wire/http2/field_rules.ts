/**
 * RFC 9113 §8.2, §8.3: which fields a response may have. What breaks a rule is malformed and ends its
 * stream, so that nothing that HTTP/1.1 would read otherwise gets any further.
 */
import { type FieldLines, FieldSection, isToken } from "../../semantics/fields.ts";
import { ViolationError } from "./reasons.ts";

/** The head of a response. HTTP/2 has no reason phrases. */
export interface Http2ResponseHead {
  readonly version: "HTTP/2";
  readonly status: number;
  readonly reason: "";
  readonly fields: FieldSection;
}

/** A head, and what of it concerns the framing. */
export interface ParsedHead {
  readonly head: Http2ResponseHead;
  readonly contentLength: number | null;
}

/** Fields that are about an HTTP/1.1 connection (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"],
]);

const UPPER_CASE = /[A-Z]/;
const CR = 13;
const LF = 10;

/**
 * Reads the decoded lines of a response's field block.
 *
 * @throws {ViolationError} if they are malformed
 */
export function readHead(lines: FieldLines): ParsedHead {
  const status = statusOf(lines);
  let contentLength: number | null = null;
  for (let i = 2; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? "";
    const value = lines[i + 1] ?? "";
    checkField(name, value);
    if (name === "content-length") contentLength = lengthOf(value, contentLength);
  }
  const fields = FieldSection.of(lines.slice(2));
  return { head: { version: "HTTP/2", status, reason: "", fields }, contentLength };
}

/**
 * Reads a trailer section (RFC 9113 §8.1): fields alone.
 *
 * @throws {ViolationError} if it is malformed
 */
export function readTrailers(lines: FieldLines): FieldLines {
  for (let i = 0; i + 1 < lines.length; i += 2) checkField(lines[i] ?? "", lines[i + 1] ?? "");
  return lines;
}

/** RFC 9113 §8.3: pseudo-fields come first, and a response has one. */
function statusOf(lines: FieldLines): number {
  if (lines[0] !== ":status") throw malformed("the response does not begin with :status");
  const status = lines[1] ?? "";
  if (!/^[1-9][0-9]{2}$/.test(status)) {
    throw malformed("the status is not a number of three digits");
  }
  // RFC 9113 §8.6: there is no upgrade.
  if (status === "101") throw malformed("101 Switching Protocols over HTTP/2");
  return Number(status);
}

function checkField(name: string, value: string): void {
  if (name.startsWith(":")) throw malformed("a pseudo-field is unknown, repeated or out of place");
  if (UPPER_CASE.test(name)) throw malformed("the name of a field has upper-case letters");
  if (!isToken(name)) throw malformed("the name of a field is not a token");
  if (CONNECTION_FIELDS.has(name)) throw malformed(`"${name}" is a field of HTTP/1.1 connections`);
  if (!isFieldValue(value)) {
    throw malformed(`the value of "${name}" has characters it may not have`);
  }
}

/** RFC 9113 §8.2.1 */
function isFieldValue(value: string): boolean {
  const { length } = value;
  if (length === 0) return true;
  if (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(length - 1))) return false;
  for (let i = 0; i < length; i++) {
    const c = value.charCodeAt(i);
    if (c === 0 || c === CR || c === LF) return false;
  }
  return true;
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9;
}

function lengthOf(value: string, known: number | null): number {
  if (!/^[0-9]{1,15}$/.test(value)) throw malformed("Content-Length is not a number");
  const length = Number(value);
  if (known !== null && known !== length) throw malformed("two different Content-Lengths");
  return length;
}

function malformed(message: string): ViolationError {
  return new ViolationError("PROTOCOL_ERROR", message, "stream");
}
