/**
 * Whether a domain belongs to a registry rather than to somebody, by the Public Suffix List: nobody may set
 * cookies for all of `co.uk` or `github.io`.
 *
 * The table stays one string until a top-level domain is asked about; then that line of it is split, once.
 */
import { PUBLIC_SUFFIX_TABLE } from "./public_suffix_table.ts";

/** Rules of the top-level domains asked about so far, without the top-level domain. */
const rulesByTopLevel = new Map<string, ReadonlySet<string>>();

const NO_RULES: ReadonlySet<string> = new Set();

/** Whether a domain, as `URL` writes hosts, is a public suffix: by a rule of the list, or for want of a dot. */
export function isPublicSuffix(domain: string): boolean {
  const lastDot = domain.lastIndexOf(".");
  if (lastDot < 0) return true; // the list's default rule, "*"
  const rules = rulesOf(domain.slice(lastDot + 1));
  const rest = domain.slice(0, lastDot);
  if (rules.has(`!${rest}`)) return false;
  return rules.has(rest) || rules.has(rest.replace(/^[^.]*/, "*"));
}

function rulesOf(topLevel: string): ReadonlySet<string> {
  const known = rulesByTopLevel.get(topLevel);
  if (known !== undefined) return known;
  const begin = PUBLIC_SUFFIX_TABLE.indexOf(`\n${topLevel} `);
  if (begin < 0) return NO_RULES; // not kept: hosts are the peer's to invent
  const end = PUBLIC_SUFFIX_TABLE.indexOf("\n", begin + 1);
  const rules = new Set(PUBLIC_SUFFIX_TABLE.slice(begin + topLevel.length + 2, end).split(" "));
  rulesByTopLevel.set(topLevel, rules);
  return rules;
}
