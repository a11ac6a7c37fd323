/**
 * The head of a request, checked and written in one pass. Nothing is appended if anything is wrong:
 * a line break in a value would be another field, or another request (CWE-93).
 */
import { LocalProtocolError } from "../../errors.ts";
import {
  addFraming,
  checkFraming,
  givenTwice,
  isFramingName,
  NO_FRAMING,
  type RequestFraming,
} from "../../semantics/connection_fields.ts";
import { type FieldLines, findField, invalidFieldReason, isToken } from "../../semantics/fields.ts";
import type { ByteWriter } from "../../lists/byte_writer.ts";
import { hasOption } from "./persistence.ts";

/** A request head. `fields` has everything to send, `Host` and the framing fields included. */
export interface RequestHead {
  readonly method: string;
  /** RFC 9112 §3.2 */
  readonly target: string;
  readonly fields: FieldLines;
  /** The size of the content, `null` if it is not known. Left out: the framing fields are not held against it. */
  readonly contentBytes?: number | null;
}

const NO_LINE = Infinity;
const INITIAL_BYTES = 512;

/**
 * Writes the heads of one connection. Most requests of a client begin with the same fields: those that
 * the last head had too are checked and written once (bench: get_1k, post_1k).
 */
export class RequestWriter {
  #lastFields: FieldLines = [];
  #lastFraming: RequestFraming = NO_FRAMING;
  /** All lines of the last head as they were written, the empty one too. */
  #lastWhole: Uint8Array | null = null;
  #lastBytes = new Uint8Array(INITIAL_BYTES);
  /** Where each line of the last head ends in `#lastBytes`. */
  readonly #lastEnds: number[] = [];
  /** Which line of the last head is the host's. */
  #hostLine = NO_LINE;
  #asksToClose = false;
  #asksToUpgrade = false;

  /** Whether the last head had `Connection: close`. */
  get asksToClose(): boolean {
    return this.#asksToClose;
  }

  /** Whether the last head had an `Upgrade` field. */
  get asksToUpgrade(): boolean {
    return this.#asksToUpgrade;
  }

  /**
   * Appends a head.
   *
   * @throws {LocalProtocolError} if a part can't be sent; then nothing was appended
   */
  writeHead(head: RequestHead, out: ByteWriter): RequestFraming {
    const start = out.length;
    try {
      writeRequestLine(head, out);
      const framing = this.#writeFields(head.fields, out);
      if (head.contentBytes !== undefined) checkContent(framing, head.contentBytes);
      return framing;
    } catch (error) {
      out.truncate(start);
      this.#lastEnds.length = 0;
      this.#lastWhole = null;
      throw error;
    }
  }

  #writeFields(fields: FieldLines, out: ByteWriter): RequestFraming {
    if (this.#lastWhole !== null && this.#isLast(fields)) {
      out.append(this.#lastWhole);
      return this.#lastFraming;
    }
    const start = out.length;
    const ends = this.#lastEnds;
    const known = this.#countKnownLines(fields);
    const knownBytes = known === 0 ? 0 : ends[known - 1] ?? 0;
    out.append(this.#lastBytes.subarray(0, knownBytes));
    let framing = NO_FRAMING;
    let hostLine = this.#hostLine < known ? this.#hostLine : NO_LINE;
    ends.length = known;
    for (let i = 2 * known; i + 1 < fields.length; i += 2) {
      const name = fields[i] ?? "";
      const value = fields[i + 1] ?? "";
      writeLine(name, value, out);
      ends.push(out.length - start);
      if (isFramingName(name)) framing = addFraming(framing, name, value);
      else if (name.length === 4 && name.toLowerCase() === "host") {
        if (hostLine !== NO_LINE) throw givenTwice("Host");
        hostLine = i >> 1;
      }
    }
    if (hostLine === NO_LINE) throw new LocalProtocolError("the Host header is missing");
    this.#hostLine = hostLine;
    this.#asksToClose = hasOption(findField(fields, "connection"), "close");
    this.#asksToUpgrade = findField(fields, "upgrade") !== null;
    out.appendLatin1("\r\n");
    this.#remember(fields, out.bytes().subarray(start), knownBytes);
    this.#lastFraming = framing;
    return framing;
  }

  /** Whether all lines are those of the last head. */
  #isLast(fields: FieldLines): boolean {
    const last = this.#lastFields;
    if (fields === last) return true;
    if (fields.length !== last.length) return false;
    for (let i = 0; i < fields.length; i++) if (fields[i] !== last[i]) return false;
    return true;
  }

  /** How many lines, from the first on, are those of the last head. Framing fields are always read. */
  #countKnownLines(fields: FieldLines): number {
    const last = this.#lastFields;
    const most = Math.min(this.#lastEnds.length, fields.length >> 1);
    let known = 0;
    while (known < most) {
      const name = fields[2 * known] ?? "";
      const isSame = name === last[2 * known] && fields[2 * known + 1] === last[2 * known + 1];
      if (!isSame || isFramingName(name)) break;
      known++;
    }
    return known;
  }

  #remember(fields: FieldLines, bytes: Uint8Array, knownBytes: number): void {
    this.#lastFields = fields;
    if (bytes.length > this.#lastBytes.length) {
      this.#lastBytes = new Uint8Array(2 * bytes.length);
      this.#lastBytes.set(bytes);
    } else {
      this.#lastBytes.set(bytes.subarray(knownBytes), knownBytes);
    }
    this.#lastWhole = this.#lastBytes.subarray(0, bytes.length);
  }
}

/** Content without a framing field would be the head of another request. */
function checkContent(framing: RequestFraming, contentBytes: number | null): void {
  checkFraming(framing, contentBytes);
  if (framing.kind !== "none" || contentBytes === 0) return;
  throw new LocalProtocolError("there is content, but neither Content-Length nor chunks");
}

function writeLine(name: string, value: string, out: ByteWriter): void {
  const reason = invalidFieldReason(name, value);
  if (reason !== null) {
    throw new LocalProtocolError(`header "${printable(name)}" is invalid: ${reason}`);
  }
  out.appendLatin1(name);
  out.appendLatin1(": ");
  out.appendLatin1(value);
  out.appendLatin1("\r\n");
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
