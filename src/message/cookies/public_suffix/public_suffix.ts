/**
 * Whether a domain is a public suffix, by the Public Suffix List: no cookie may be set for all of `co.uk` or `github.io`.
 *
 * The table stays one string until a domain is looked up, then it is split into lines, once; the line of a top-level domain is
 * split when that is first looked up. So a domain that a peer chooses costs its own length.
 */
import { PUBLIC_SUFFIX_TABLE } from "./public_suffix_table.ts";

/** Rules by top-level domain and without it: one string until they are first used. */
let rulesByTopLevel: Map<string, string | ReadonlySet<string>> | null = null;

const NO_RULES: ReadonlySet<string> = new Set();

/** Whether a domain, as `URL` writes hosts, is a public suffix: by a rule of the list, or because it has no dot. */
export function isPublicSuffix(domain: string): boolean {
  const lastDot = domain.lastIndexOf(".");
  if (lastDot < 0) return true; // the list's default rule, "*"
  const rules = rulesOf(domain.slice(lastDot + 1));
  const rest = domain.slice(0, lastDot);
  if (rules.has(`!${rest}`)) return false;
  return rules.has(rest) || rules.has(rest.replace(/^[^.]*/, "*"));
}

function rulesOf(topLevel: string): ReadonlySet<string> {
  rulesByTopLevel ??= splitTable();
  const known = rulesByTopLevel.get(topLevel) ?? NO_RULES;
  if (typeof known !== "string") return known;
  const rules = new Set(known.split(" "));
  rulesByTopLevel.set(topLevel, rules);
  return rules;
}

function splitTable(): Map<string, string> {
  return new Map(
    PUBLIC_SUFFIX_TABLE.trim().split("\n").map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}
