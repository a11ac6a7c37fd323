/** Field sections with some names left out. */
import type { FieldLines } from "../../../semantics/fields.ts";

/** The lines whose lower-case names are not in the set. */
export function withoutFields(fields: FieldLines, names: ReadonlySet<string>): FieldLines {
  const kept: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? "";
    if (!names.has(name.toLowerCase())) kept.push(name, fields[i + 1] ?? "");
  }
  return kept;
}
