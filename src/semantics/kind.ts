/** What a value is, in words for an error message. */

/** One word: `string`, `null`, `Date`. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? value.constructor?.name || "object" : typeof value;
}

/** With its article: `a string`, `an object`, `null`. */
export function aKindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const kind = kindOf(value);
  return `${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind === "Object" ? "object" : kind}`;
}
