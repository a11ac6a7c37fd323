/**
 * Which body follows a head: RFC 9112 §6.3, its steps in its order.
 */
import { RemoteProtocolError } from "../../errors.ts";
import { trimBlanks } from "../../semantics/fields.ts";
import { forbidsBody } from "../../semantics/status.ts";

/** How the end of a body is known. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "fixed"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "untilClose" };

/** What the decision is made of. */
export interface FramingFacts {
  /** Of the request. */
  readonly method: string;
  readonly status: number;
  /** The combined value of `Transfer-Encoding`, or `null`. */
  readonly transferEncoding: string | null;
  /** The combined value of `Content-Length`: a number where it is one and nothing else. */
  readonly contentLength: number | string | null;
}

const NONE: Framing = { kind: "none" };
const CHUNKED: Framing = { kind: "chunked" };
const UNTIL_CLOSE: Framing = { kind: "untilClose" };

/** The body that follows a response's head. A tunnel (step 2) is not asked for: it has no body. */
export function responseFraming(facts: FramingFacts): Framing {
  const { method, status, transferEncoding, contentLength } = facts;
  // 1. No body, whatever the fields say.
  if (method === "HEAD" || forbidsBody(status)) return NONE;
  // 3. and 4. Transfer-Encoding overrides Content-Length.
  if (transferEncoding !== null) return codedFraming(transferEncoding);
  // 5. and 6. A valid Content-Length; a list of one repeated value counts as that value.
  if (contentLength !== null) return { kind: "fixed", length: lengthOf(contentLength) };
  // 8. Otherwise the body ends with the connection.
  return UNTIL_CLOSE;
}

/** `chunked` is the one coding that a client without `TE` can get (RFC 9112 §7). */
function codedFraming(transferEncoding: string): Framing {
  const coding = transferEncoding.toLowerCase();
  if (coding === "chunked") return CHUNKED;
  if (coding === "identity") return UNTIL_CLOSE;
  throw new RemoteProtocolError(`unsupported Transfer-Encoding "${printable(transferEncoding)}"`);
}

/** RFC 9110 §8.6: digits alone, or the same digits repeated. */
function lengthOf(value: number | string): number {
  if (typeof value === "number") return value;
  const first = value.includes(",") ? onlyOneOf(value) : value;
  if (!/^[0-9]{1,16}$/.test(first)) throw malformed(value);
  const length = Number(first);
  if (!Number.isSafeInteger(length)) throw malformed(value);
  return length;
}

function onlyOneOf(value: string): string {
  const values = value.split(",").map(trimBlanks);
  if (values.some((item) => item !== values[0])) {
    throw new RemoteProtocolError(`conflicting Content-Length values "${printable(value)}"`);
  }
  return values[0] ?? "";
}

function malformed(value: string): RemoteProtocolError {
  return new RemoteProtocolError(`malformed Content-Length "${printable(value)}"`);
}

function printable(value: string): string {
  return value.slice(0, 40).replace(/[^\x20-\x7e]/g, "?");
}
