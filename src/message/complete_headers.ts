/** The fields that a request completes itself with: `Host`, and what its body asks for. */
import type { FieldLines } from "../semantics/fields.ts";
import type { Target } from "../semantics/target.ts";
import { type Headers, headersFromLines } from "./headers.ts";

/**
 * `Host` goes first (RFC 9110 §7.2), and where content is expected its absence is said (§8.6). What the
 * body asks for goes last, where the caller has said nothing about it.
 */
export function completeHeaders(
  headers: Headers,
  { target, fields, isEmpty }: {
    readonly target: Target;
    readonly fields: FieldLines;
    readonly isEmpty: boolean;
  },
): Headers {
  const { lines, hasHost, hasFraming, hasType, given } = completed(headers, target.authority);
  const needsLength = isEmpty && !hasFraming;
  if (fields.length === 0 && !needsLength) return headersFromLines(lines);
  const all: string[] = hasHost ? [] : ["Host", target.authority];
  if (needsLength) all.push("Content-Length", "0");
  for (const item of given) all.push(item);
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? "";
    const isGiven = name === "Content-Type" ? hasType : hasFraming;
    if (!isGiven) all.push(name, fields[i + 1] ?? "");
  }
  return headersFromLines(all);
}

/** Which of the fields that a request completes itself with were given. */
interface GivenNames {
  readonly hasHost: boolean;
  readonly hasFraming: boolean;
  readonly hasType: boolean;
}

/** What is known of a list of fields: a client sends the same one again and again (bench: get_1k). */
interface Completed extends GivenNames {
  readonly given: FieldLines;
  /** With `Host`, for a request without a body. */
  readonly lines: FieldLines;
}

const MAX_COMPLETED = 64;
const completedFor = new Map<string, Completed>();

function completed(headers: Headers, authority: string): Completed {
  const given = headers.lines;
  const known = completedFor.get(authority);
  if (known?.given === given) return known;
  const hasHost = headers.has("host");
  const made: Completed = {
    given,
    hasHost,
    hasFraming: headers.has("content-length") || headers.has("transfer-encoding"),
    hasType: headers.has("content-type"),
    lines: hasHost ? given : ["Host", authority, ...given],
  };
  if (completedFor.size >= MAX_COMPLETED) completedFor.clear();
  completedFor.set(authority, made);
  return made;
}
