/** Parts of a representation (RFC 9110 §14, RFC 9111 §3.3 and §3.4): single byte ranges, as nearly all requests are. */
import { type FieldLines, findField } from "../../../semantics/fields.ts";
import type { StoredHead, StoredRange } from "../storage/stored_response.ts";
import { entityTag, isStrong } from "./validators.ts";
import { FieldNames, withoutFields } from "./field_names.ts";

/** What a `Range` field asks for: bytes from a position, with or without an end, or the last ones. */
export type RangeRequest =
  | { readonly kind: "from"; readonly start: number; readonly end: number }
  | { readonly kind: "last"; readonly length: number };

/** A single range of bytes, or `null` for every other value. */
export function parseRange(value: string): RangeRequest | null {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(value.trim()) ?? [];
  if (first !== "") {
    const end = last === "" ? Infinity : Number(last) + 1;
    return end > Number(first) ? { kind: "from", start: Number(first), end } : null;
  }
  return last === "" ? null : { kind: "last", length: Number(last) };
}

/** The range of a 206 response, or `null` if the field is invalid. */
export function parseContentRange(value: string): StoredRange | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(value);
  if (match === null) return null;
  const [start, end] = [Number(match[1]), Number(match[2]) + 1];
  const total = match[3] === "*" ? null : Number(match[3]);
  return end <= start || (total !== null && end > total) ? null : { start, end, total };
}

/** Which bytes of the representation are asked for, if the stored response has them all; else `null`. */
export function coveredRange(
  { range, sizeBytes }: StoredHead,
  wanted: RangeRequest,
): StoredRange | null {
  const has = range ?? { start: 0, end: sizeBytes, total: sizeBytes };
  const { total } = has;
  const isOpen = wanted.kind === "last" || wanted.end === Infinity;
  if (isOpen && total === null) return null;
  const size = total ?? Infinity;
  const start = wanted.kind === "last" ? Math.max(0, size - wanted.length) : wanted.start;
  const end = wanted.kind === "last" ? size : Math.min(size, wanted.end);
  return start < end && start >= has.start && end <= has.end ? { start, end, total } : null;
}

/** The fields of a 206 response made of a stored one. */
export function partialFields(fields: FieldLines, { start, end, total }: StoredRange): FieldLines {
  return [
    ...withoutFields(fields, OF_THE_PART),
    ...["Content-Range", `bytes ${start}-${end - 1}/${total ?? "*"}`],
    ...["Content-Length", String(end - start)],
  ];
}

const OF_THE_PART = new FieldNames(["content-range", "content-length"]);

/** Two parts put together. */
export interface CombinedParts {
  readonly range: StoredRange | null;
  readonly status: number;
  readonly fields: FieldLines;
  /** How many bytes of the older part come before the newer one. */
  readonly before: number;
  /** From which byte of the older part on it follows the newer one. */
  readonly after: number;
}

/**
 * A newer part put together with an older one of the same representation: they share a strong validator, and touch
 * (§3.4). `null` if that is not so.
 */
export function combineParts(newer: StoredHead, older: StoredHead): CombinedParts | null {
  const [part, other] = [newer.range, older.range];
  if (part === null || other === null) return null;
  const tag = entityTag(newer.fields);
  if (tag === null || !isStrong(tag) || tag !== entityTag(older.fields)) return null;
  if (part.total !== other.total || part.start > other.end || other.start > part.end) return null;
  const { total } = part;
  const [start, end] = [Math.min(part.start, other.start), Math.max(part.end, other.end)];
  const isWhole = start === 0 && end === total;
  const range = { start, end, total };
  const fields = withoutFields(newer.fields, OF_THE_PART);
  return {
    range: isWhole ? null : range,
    status: isWhole ? 200 : 206,
    fields: isWhole ? [...fields, "Content-Length", String(end)] : partialFields(fields, range),
    before: Math.max(0, part.start - other.start),
    after: part.end - other.start,
  };
}

/** The bytes of two parts put together. */
export function combineBytes(
  { before, after }: CombinedParts,
  newer: Uint8Array,
  older: Uint8Array,
): Uint8Array {
  const tail = older.subarray(after);
  const bytes = new Uint8Array(before + newer.length + tail.length);
  bytes.set(older.subarray(0, before));
  bytes.set(newer, before);
  bytes.set(tail, before + newer.length);
  return bytes;
}

/** Whether the body of a 206 response has as many bytes as its range. */
export function fitsRange(range: StoredRange | null, sizeBytes: number): boolean {
  return range === null || range.end - range.start === sizeBytes;
}

/** Whether ranges of it are served: those of an encoded body could not be decoded. */
export function hasRanges(head: StoredHead): boolean {
  return (head.status === 200 || head.status === 206) &&
    findField(head.fields, "content-encoding") === null;
}
