/**
 * The Link field, RFC 8288 §3: `<target>; rel="next"; title="…", <target>; …`. Commas and semicolons may
 * stand inside the target and inside quotes. Parameters with a star (`title*`) stay encoded.
 */
import { parseParameters } from "./media_type.ts";

/** One link: `url` as it stands in the field (perhaps relative), and its parameters by name. */
export interface Link {
  /** Where it leads, as the header says. */
  readonly url: string;
  /** What it is to this page: `next`, `prev` … */
  readonly rel?: string;
  /** Every other parameter, by its name. */
  readonly [parameter: string]: string | undefined;
}

/**
 * Reads all links, keyed by relation type, else by URL where there is no `rel`. A `rel` of several types
 * gives one entry for each; of two links with one key the later stays, as in httpx.
 */
export function parseLinks(value: string): Record<string, Link> {
  // No prototype: the peer chooses the keys.
  const links: Record<string, Link> = Object.create(null);
  const linkValue = /[\s,]*<([^>]*)>((?:[^",]|"(?:[^"\\]|\\[^])*(?:"|$))*)/gy;
  for (const [, target = "", parameters = ""] of value.matchAll(linkValue)) {
    const url = target.trim();
    const begin = parameters.indexOf(";");
    const named = begin < 0 ? [] : parseParameters(parameters.slice(begin));
    const link: Link = Object.assign(Object.create(null), Object.fromEntries(named), { url });
    const relations = link.rel?.split(/\s+/).filter((relation) => relation !== "") ?? [];
    for (const key of relations.length > 0 ? relations : [url]) links[key] = link;
  }
  return links;
}
