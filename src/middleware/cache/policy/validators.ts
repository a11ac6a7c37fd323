/** Validators of stored responses (RFC 9110 §8.8) and the conditional requests made with them (RFC 9111 §4.3). */
import { type FieldLines, findField } from "../../../semantics/fields.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import { strictDate } from "./freshness.ts";

/** The entity tag of a field section, or `null`. */
export function entityTag(fields: FieldLines): string | null {
  const tag = findField(fields, "etag");
  return tag === "" ? null : tag;
}

/** Whether it stands for the very same bytes (§8.8.1). */
export function isStrong(tag: string): boolean {
  return !/^w\//i.test(tag);
}

/** Whether two tags stand for equivalent representations (§8.8.3.2, weak comparison). */
function matchesWeakly(one: string, other: string): boolean {
  return one.replace(/^w\//i, "") === other.replace(/^w\//i, "");
}

/**
 * The fields that ask the server whether a stored response is still good (§4.3.1): the entity tag and the date, of
 * which a server that knows the first ignores the second (RFC 9110 §13.1.3). Empty for one without a validator.
 */
export function conditionalFields({ fields }: StoredHead): FieldLines {
  const tag = entityTag(fields);
  const modified = findField(fields, "last-modified");
  return [
    ...(tag === null ? [] : ["If-None-Match", tag]),
    ...(modified === null ? [] : ["If-Modified-Since", modified]),
  ];
}

/**
 * Whether a 304 response is about this stored response (§4.3.4): a validator that it has must be the stored one. One
 * without validators is about the response that was asked about.
 */
export function confirms(received: FieldLines, { fields }: StoredHead): boolean {
  const tag = entityTag(received);
  const stored = entityTag(fields);
  if (tag !== null) return stored !== null && matchesWeakly(tag, stored);
  const modified = findField(received, "last-modified");
  return stored !== null || modified === null || modified === findField(fields, "last-modified");
}

/** Whether a 200 response to HEAD is about the same representation as a stored response to GET (§4.3.5). */
export function describesSame(received: FieldLines, head: StoredHead): boolean {
  const lengthBytes = findField(received, "content-length");
  const storedLength = findField(head.fields, "content-length") ?? String(head.sizeBytes);
  if (lengthBytes !== null && lengthBytes !== storedLength) return false;
  for (const name of ["etag", "last-modified"]) {
    const value = findField(received, name);
    if (value !== null && value !== findField(head.fields, name)) return false;
  }
  return true;
}

/** Whether the precondition of a range request holds for a stored response (RFC 9110 §13.1.5). */
export function holdsIfRange(value: string | null, head: StoredHead): boolean {
  if (value === null) return true;
  const tag = entityTag(head.fields);
  if (value.includes('"')) return tag !== null && isStrong(tag) && tag === value;
  const asked = strictDate(value, head.receivedAtMs);
  return asked !== null &&
    asked === strictDate(findField(head.fields, "last-modified"), head.receivedAtMs);
}

/** Whether the request has a precondition of its caller's own, whose answer is the caller's. */
export function isConditional(fields: FieldLines): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    if (/^if-(?:none-match|modified-since|match|unmodified-since)$/i.test(fields[i] ?? "")) {
      return true;
    }
  }
  return false;
}
