/**
 * Which of several stored responses a request may get: the one whose `Vary` fields have the same values (RFC 9111
 * §4.1). Values are compared as what they mean, as far as that is the same for every server.
 */
import { type FieldLines, findField, splitList, trimBlanks } from "../../../semantics/fields.ts";
import type { SelectingField, StoredHead } from "../storage/stored_response.ts";

/** Preference lists: neither case nor order has a meaning (RFC 9110 §12.5). */
const PREFERENCES: ReadonlySet<string> = new Set(
  ["accept", "accept-charset", "accept-encoding", "accept-language"],
);
const LANGUAGE = "accept-language";

/** The request's values of the fields that `Vary` names; `null` for `Vary: *`, which no request matches. */
export function selectingFields(
  vary: string | null,
  request: FieldLines,
): readonly SelectingField[] | null {
  if (vary === null) return [];
  const names = new Set(splitList(vary).map((name) => name.toLowerCase()));
  if (names.has("*")) return null;
  return [...names].map((name) => [name, normalized(name, request)]);
}

/** Whether a request with these fields may get the stored response. */
export function selects(head: StoredHead, request: FieldLines): boolean {
  for (const [name, value] of head.selecting) {
    if (normalized(name, request) === value) continue;
    if (name !== LANGUAGE || !isPreferredLanguage(head, request)) return false;
  }
  return true;
}

/** A field's value as it is compared: lines combined, blanks around commas removed. */
function normalized(name: string, request: FieldLines): string | null {
  const value = findField(request, name);
  if (value === null) return null;
  const items = splitList(value);
  if (!PREFERENCES.has(name)) return items.join(",");
  return items.map((item) => weighted(item.toLowerCase())).sort().join(",");
}

/** A member of a preference list without what says nothing: blanks, and a weight of 1. */
function weighted(item: string): string {
  const [value = "", ...parameters] = item.split(";").map(trimBlanks);
  const kept = parameters.filter((parameter) => !/^q=1(?:\.0{0,3})?$/.test(parameter));
  return [value, ...kept].join(";");
}

/** Whether the response is in the one language that the request likes best: no other would be a better choice. */
function isPreferredLanguage(head: StoredHead, request: FieldLines): boolean {
  const language = findField(head.fields, "content-language");
  const wanted = normalized(LANGUAGE, request);
  if (language === null || wanted === null) return false;
  const best = wanted.split(",").filter((item) => !item.includes(";"));
  return best.length === 1 && best[0] === language.toLowerCase();
}
