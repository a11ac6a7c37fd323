/**
 * A whole head, from bytes to what the engine acts on: one pass that checks every byte, recognises the
 * few fields that framing hangs on, and leaves the rest as one string, which may never have to be split.
 */
import { RemoteProtocolError } from "../../errors.ts";
import { FieldSection, markOf, TOKEN_BYTES, trimBlanks } from "../../semantics/fields.ts";
import { decodeLatin1 } from "../../semantics/latin1.ts";
import { reasonPhrase } from "../../semantics/reason_phrases.ts";
import { idleMsOf, mayPersist } from "./persistence.ts";

/** The head of a response, as the engine's sink gets it. */
export interface ResponseHead {
  /** `HTTP/1.1` also stands for later minor versions (RFC 9110 §2.5). */
  readonly version: "HTTP/1.1" | "HTTP/1.0";
  readonly status: number;
  readonly reason: string;
  readonly fields: FieldSection;
}

/** A head with what decides over its body and its connection. */
export interface ParsedHead {
  readonly head: ResponseHead;
  readonly framing: FramingFields;
  /** Whether the connection may carry another exchange. */
  readonly persists: boolean;
  /** How long the server keeps it while it is idle, in milliseconds; `Infinity` where it does not say. */
  readonly idleMs: number;
}

/** The values of the fields that framing hangs on. */
export class FramingFields {
  /** A number where it is digits and nothing else, else what was given. */
  contentLength: number | string | null = null;
  transferEncoding: string | null = null;
  connection: string | null = null;
  /** `timeout=5`: how long the server keeps an idle connection. */
  keepAlive: string | null = null;

  /** Looks them up anew: what a fold adds to a value is known only when it is undone. */
  readFrom(section: FieldSection): void {
    this.contentLength = section.get("content-length");
    this.transferEncoding = section.get("transfer-encoding");
    this.connection = section.get("connection");
    this.keepAlive = section.get("keep-alive");
  }
}

const CR = 13;
const LF = 10;
const SP = 32;
const HTAB = 9;
const COLON = 58;

const CONNECTION = /* @__PURE__ */ lowerBytes("connection");
const KEEP_ALIVE = /* @__PURE__ */ lowerBytes("keep-alive");
const CONTENT_LENGTH = /* @__PURE__ */ lowerBytes("content-length");
const TRANSFER_ENCODING = /* @__PURE__ */ lowerBytes("transfer-encoding");
const VERSION_1 = "HTTP/1.";

/** Reads the head that stands from `start` to `end`, its empty line included. */
export function readHead(bytes: Uint8Array, start: number, end: number): ParsedHead {
  checkHeadBegin(bytes, start, end);
  const lineEnd = endOfLine(bytes, start);
  const { version, status } = readStatus(bytes, start, lineEnd);
  const reason = readReason(bytes, { start: start + 12, end: lineEnd, status });
  const fieldsStart = afterLine(bytes, lineEnd);
  const framing = new FramingFields();
  const fields = readFields(bytes, { start: fieldsStart, end, framing });
  return {
    head: { version, status, reason, fields },
    framing,
    persists: mayPersist(version, framing.connection),
    idleMs: idleMsOf(framing.keepAlive),
  };
}

/**
 * Refuses what can't become a head, before all of it is there: a server that speaks first, or another
 * protocol, would else be waited for.
 */
export function checkHeadBegin(bytes: Uint8Array, start: number, end: number): void {
  const begin = end - start < VERSION_1.length ? VERSION_1.slice(0, end - start) : VERSION_1;
  if (isText(bytes, start, begin)) return;
  throw malformedStatusLine(bytes, start, end);
}

/** RFC 9112 §4: `HTTP/1.1 200 OK`, the reason and its space may be missing. */
function readStatus(
  bytes: Uint8Array,
  start: number,
  end: number,
): { version: ResponseHead["version"]; status: number } {
  const minor = digit(bytes, start + 7);
  const status = digit(bytes, start + 9) * 100 + digit(bytes, start + 10) * 10 +
    digit(bytes, start + 11);
  const isValid = end - start >= 12 && bytes[start + 8] === SP && minor >= 0 && status >= 100 &&
    status <= 999 &&
    (end - start === 12 || bytes[start + 12] === SP);
  if (!isValid) throw malformedStatusLine(bytes, start, end);
  return { version: minor === 0 ? "HTTP/1.0" : "HTTP/1.1", status };
}

/** Nearly every reason is the usual one: then no string is made. */
function readReason(
  bytes: Uint8Array,
  at: { readonly start: number; readonly end: number; readonly status: number },
): string {
  const start = at.start + 1;
  const usual = reasonPhrase(at.status);
  if (at.end - start === usual.length && isText(bytes, start, usual)) return usual;
  return decodeLatin1(bytes, Math.min(start, at.end), at.end);
}

/** The field lines from `start` up to the empty line before `end`, each byte checked. */
export function readFields(
  bytes: Uint8Array,
  at: { readonly start: number; readonly end: number; readonly framing: FramingFields | null },
): FieldSection {
  const { start, framing } = at;
  let hasFolds = false;
  let hasBareLineFeeds = false;
  let marks = 0;
  let line = start;
  while (line < at.end) {
    const first = bytes[line];
    if (first === LF || (first === CR && bytes[line + 1] === LF)) break;
    const isFolded = first === SP || first === HTAB;
    if (isFolded && line === start) {
      throw new RemoteProtocolError("field section begins with a space");
    }
    const colon = isFolded ? line : endOfName(bytes, line);
    const end = endOfLine(bytes, colon);
    if (isFolded) hasFolds = true;
    else marks |= markOf(colon - line, first ?? 0);
    if (bytes[end] === LF) hasBareLineFeeds = true;
    if (framing !== null && !isFolded) note(framing, bytes, { line, colon, end });
    line = afterLine(bytes, end);
  }
  if (line === start) return FieldSection.empty;
  const text = decodeLatin1(bytes, start, line);
  const isPlain = !hasFolds && !hasBareLineFeeds;
  const section = new FieldSection(isPlain ? text : unfolded(text), marks);
  if (hasFolds) framing?.readFrom(section);
  return section;
}

/** Keeps the value where the line is one of the fields that framing hangs on. */
function note(
  framing: FramingFields,
  bytes: Uint8Array,
  at: { readonly line: number; readonly colon: number; readonly end: number },
): void {
  const { line, colon, end } = at;
  switch (colon - line) {
    case 10:
      if (matches(bytes, line, CONNECTION)) {
        framing.connection = joined(framing.connection, value(bytes, colon, end));
      } else if (matches(bytes, line, KEEP_ALIVE)) {
        framing.keepAlive = joined(framing.keepAlive, value(bytes, colon, end));
      }
      break;
    case 14:
      if (matches(bytes, line, CONTENT_LENGTH)) {
        const plain = framing.contentLength === null ? plainNumber(bytes, colon + 1, end) : null;
        framing.contentLength = plain ?? joined(framing.contentLength, value(bytes, colon, end));
      }
      break;
    case 17:
      if (matches(bytes, line, TRANSFER_ENCODING)) {
        framing.transferEncoding = joined(framing.transferEncoding, value(bytes, colon, end));
      }
  }
}

function joined(earlier: string | number | null, value: string): string {
  return earlier === null ? value : `${earlier}, ${value}`;
}

function value(bytes: Uint8Array, colon: number, end: number): string {
  return trimBlanks(decodeLatin1(bytes, colon + 1, end));
}

/** A number of up to 15 digits with at most one space before it, or `null`. */
function plainNumber(bytes: Uint8Array, start: number, end: number): number | null {
  let at = bytes[start] === SP ? start + 1 : start;
  if (at === end || end - at > 15) return null;
  let number = 0;
  for (; at < end; at++) {
    const d = digit(bytes, at);
    if (d < 0) return null;
    number = number * 10 + d;
  }
  return number;
}

/** Where the colon of a field line stands. A space before it is refused (RFC 9112 §5.1). */
function endOfName(bytes: Uint8Array, start: number): number {
  let at = start;
  while (TOKEN_BYTES[bytes[at] ?? 0] === 1) at++;
  if (at === start || bytes[at] !== COLON) {
    const begin = decodeLatin1(bytes, start, Math.min(at + 1, start + 40, bytes.length));
    throw new RemoteProtocolError(`malformed field line "${printable(begin)}"`);
  }
  return at;
}

/** Where a line's CRLF, or its bare LF (RFC 9112 §2.2), stands. The caller knows that there is one. */
function endOfLine(bytes: Uint8Array, start: number): number {
  for (let at = start;; at++) {
    const b = bytes[at];
    if (b === undefined) throw new RemoteProtocolError("field line without an end");
    if (b >= SP || b === HTAB) continue;
    if (b === LF) return at;
    if (b === CR && bytes[at + 1] === LF) return at;
    if (b === CR || b === 0) throw badByte(b);
  }
}

function afterLine(bytes: Uint8Array, end: number): number {
  return bytes[end] === LF ? end + 1 : end + 2;
}

/**
 * Ends lines with CRLF alone and replaces each fold by a space (RFC 9112 §5.2). Line by line: a pattern
 * for the blanks around a fold would look at 100 KB of them 100,000 times.
 */
function unfolded(text: string): string {
  let result = "";
  for (const line of text.replaceAll("\r\n", "\n").split("\n")) {
    const isFolded = line.charCodeAt(0) === SP || line.charCodeAt(0) === HTAB;
    if (result !== "") result += isFolded ? " " : "\r\n";
    result += trimBlanks(line);
  }
  return result;
}

function malformedStatusLine(bytes: Uint8Array, start: number, end: number): RemoteProtocolError {
  const [line = ""] = decodeLatin1(bytes, start, Math.min(end, start + 40)).split(/[\r\n]/, 1);
  return new RemoteProtocolError(`malformed status line "${printable(line)}"`);
}

function badByte(byte: number | undefined): RemoteProtocolError {
  return new RemoteProtocolError(`head contains a ${byte === 0 ? "NUL" : "bare carriage return"}`);
}

function digit(bytes: Uint8Array, at: number): number {
  const d = (bytes[at] ?? 0) - 48;
  return d >= 0 && d <= 9 ? d : -1000;
}

/** Whether the bytes are these, in any case. `| 32` is safe: the bytes compared with are token bytes. */
function matches(bytes: Uint8Array, start: number, lower: Uint8Array): boolean {
  for (let i = 0; i < lower.length; i++) {
    if (((bytes[start + i] ?? 0) | 32) !== lower[i]) return false;
  }
  return true;
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

function lowerBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0) | 32);
}

/** For a message: what can't be printed replaced. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
