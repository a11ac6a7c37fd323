/** Fields for the web. */
import type { FieldLines } from "../../semantics/fields.ts";

/** The web's `Headers` of some lines, but for those with a name in `without` (lower case). */
export function webHeaders(
  lines: FieldLines,
  without: ReadonlySet<string> = new Set(),
): globalThis.Headers {
  const headers = new globalThis.Headers();
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? "";
    if (!without.has(name.toLowerCase())) headers.append(name, lines[i + 1] ?? "");
  }
  return headers;
}
