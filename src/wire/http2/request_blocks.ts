/**
 * Request heads into field blocks (RFC 9113 §8.3.1). Most requests of a client have the same fields and
 * another path: what stands around the path is encoded once, and good for as long as the table stays as it is
 * (bench: get_1k_h2).
 */
import { LocalProtocolError } from "../../errors.ts";
import {
  addFraming,
  checkFraming,
  connectionOptions,
  givenTwice,
  isFramingName,
  NO_FRAMING,
  type RequestFraming,
  ruleFor,
} from "../../semantics/connection_fields.ts";
import { type FieldLines, findField, invalidFieldReason, isToken } from "../../semantics/fields.ts";
import type { ByteWriter } from "../../lists/byte_writer.ts";
import type { HpackEncoder } from "./hpack/encoder.ts";

/** A request head. `fields` has everything to send, `Host` included, which becomes `:authority`. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: string;
  /** Becomes `:path`. */
  readonly target: string;
  readonly fields: FieldLines;
  /** The size of the content, `null` if it is not known. Left out: the framing fields are not held against it. */
  readonly contentBytes?: number | null;
  /** For an extended CONNECT (RFC 8441 §4): what the stream is to carry, as `Upgrade` has it over HTTP/1.1. */
  readonly protocol?: string | null;
}

/** The length of the content by the fields, or `null`. */
export type PromisedLength = number | null;

/** A head that has been checked, as it is sent. */
interface CheckedHead {
  readonly authority: string;
  /** Names in lower case, without those that have no meaning over HTTP/2. */
  readonly lines: FieldLines;
  readonly framing: RequestFraming;
}

/** A block that left the table as it was. */
interface Memo {
  readonly method: string;
  readonly fields: FieldLines;
  readonly version: number;
  readonly beforePath: Uint8Array;
  readonly afterPath: Uint8Array;
  readonly framing: RequestFraming;
}

/** Writes the blocks of one connection. */
export class RequestBlocks {
  readonly #encoder: HpackEncoder;
  #memo: Memo | null = null;

  constructor(encoder: HpackEncoder) {
    this.#encoder = encoder;
  }

  /**
   * Appends the block of a head.
   *
   * @throws {LocalProtocolError} if a part can't be sent; then nothing has changed
   */
  write(
    head: RequestHead,
    { out, endsStream }: { out: ByteWriter; endsStream: boolean },
  ): PromisedLength {
    const memo = this.#memo;
    checkTarget(head.target);
    const contentBytes = endsStream ? 0 : head.contentBytes ?? null;
    if (memo !== null && this.#fits(memo, head)) {
      checkFraming(memo.framing, contentBytes);
      out.append(memo.beforePath);
      this.#encoder.field(":path", head.target, out);
      out.append(memo.afterPath);
      return promisedBy(memo.framing);
    }
    const checked = checkHead(head);
    checkFraming(checked.framing, contentBytes);
    this.#encode(head, checked, out);
    return promisedBy(checked.framing);
  }

  #fits(memo: Memo, { method, fields, protocol = null }: RequestHead): boolean {
    return protocol === null && memo.method === method && memo.version === this.#encoder.version &&
      !this.#encoder.mustUpdateSize && isSame(memo.fields, fields);
  }

  /** Changes the table: what is written here must be sent. */
  #encode(head: RequestHead, { authority, lines, framing }: CheckedHead, out: ByteWriter): void {
    const encoder = this.#encoder;
    const start = out.length;
    encoder.begin(out);
    const { version } = encoder;
    const { protocol = null } = head;
    encoder.field(":method", protocol === null ? head.method : "CONNECT", out);
    if (protocol !== null) encoder.field(":protocol", protocol, out);
    encoder.field(":scheme", head.scheme, out);
    encoder.field(":authority", authority, out);
    const pathAt = out.length;
    encoder.field(":path", head.target, out);
    const fieldsAt = out.length;
    for (let i = 0; i + 1 < lines.length; i += 2) {
      encoder.field(lines[i] ?? "", lines[i + 1] ?? "", out);
    }
    if (encoder.version === version && protocol === null) {
      const bytes = out.bytes();
      this.#memo = {
        method: head.method,
        fields: head.fields,
        version,
        beforePath: bytes.slice(start, pathAt),
        afterPath: bytes.slice(fieldsAt),
        framing,
      };
    }
  }
}

function isSame(a: FieldLines, b: FieldLines): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function checkHead({ method, fields, protocol = null }: RequestHead): CheckedHead {
  if (!isToken(method)) throw new LocalProtocolError("the method is not a token");
  if (method === "CONNECT") {
    throw new LocalProtocolError("CONNECT goes over HTTP/1.1 alone; use a client without http2");
  }
  let authority: string | null = null;
  let framing = NO_FRAMING;
  const lines: string[] = [];
  const dropped = connectionOptions(findField(fields, "connection") ?? "");
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const value = fields[i + 1] ?? "";
    const name = checkedName(fields[i] ?? "", value);
    if (protocol !== null && NOT_IN_EXTENDED_CONNECT.has(name)) continue;
    if (isFramingName(name)) framing = addFraming(framing, name, value);
    if (name === "host") {
      if (authority !== null) throw givenTwice("Host");
      authority = value;
    } else if (isSent(name, value) && !dropped.includes(name)) {
      lines.push(name, value);
    }
  }
  if (authority === null) throw new LocalProtocolError("the Host header is missing");
  return { authority, lines, framing };
}

/** RFC 8441 §5: the pseudo-field stands for `Upgrade`, and HTTP/2 for what the key proves. */
const NOT_IN_EXTENDED_CONNECT: ReadonlySet<string> = new Set(["upgrade", "sec-websocket-key"]);

function promisedBy(framing: RequestFraming): PromisedLength {
  return framing.kind === "fixed" ? framing.length : null;
}

function isSent(name: string, value: string): boolean {
  const rule = ruleFor(name, "http2");
  if (rule === "refuse") {
    throw new LocalProtocolError(
      'header "Upgrade" has no meaning over HTTP/2; use a client without http2',
    );
  }
  return rule === "trailers" ? value.toLowerCase() === "trailers" : rule !== "drop";
}

function checkedName(name: string, value: string): string {
  const reason = invalidFieldReason(name, value);
  if (reason !== null) {
    throw new LocalProtocolError(`header "${printable(name)}" is invalid: ${reason}`);
  }
  const lower = name.toLowerCase();
  return lower;
}

/** No space, control character or anything beyond ASCII. */
function checkTarget(target: string): void {
  for (let i = 0; i < target.length; i++) {
    const c = target.charCodeAt(i);
    if (c <= 32 || c >= 127) {
      throw new LocalProtocolError("the request target contains a space or a control character");
    }
  }
  if (target.length === 0) throw new LocalProtocolError("the request target is empty");
}

function printable(name: string): string {
  return name.slice(0, 40).replace(/[^\x20-\x7e]/g, "?");
}
