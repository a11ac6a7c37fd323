/**
 * The Link field, RFC 8288 §3: `<target>; rel="next"; title="…", <target>; …`. Commas and semicolons may
 * stand inside the target and inside quotes. Parameters with a star (`title*`) stay encoded.
 */
import { endOfItem } from "./fields.ts";
import { parseParameters } from "./media_type.ts";

/** One link: where it leads, and its parameters by name. */
export interface Link {
  /** The target, resolved against the URL of the response; as the field has it if the response has none. */
  readonly url: string;
  /** The relation type: `next`, `prev` … */
  readonly rel?: string;
  /** Every other parameter, by its name. */
  readonly [parameter: string]: string | undefined;
}

/**
 * Parses all links, keyed by relation type, or by URL without a `rel`. A `rel` of several types gives one entry for each;
 * of two links with one key the later one counts, and single quotes around a value are removed, as in httpx.
 *
 * @param base what targets are resolved against (RFC 8288 §3.1); `""` leaves them as they are
 */
export function parseLinks(value: string, base = ""): Record<string, Link> {
  // No prototype: the peer chooses the keys.
  const links: Record<string, Link> = Object.create(null);
  for (let at = 0;;) {
    while (at < value.length && /[\s,]/.test(value[at] ?? "")) at++;
    const targetEnd = value[at] === "<" ? value.indexOf(">", at) : -1;
    if (targetEnd < 0) return links;
    const end = endOfItem(value, targetEnd);
    const url = resolved(value.slice(at + 1, targetEnd).trim(), base);
    const link = makeLink(url, value.slice(targetEnd, end));
    const relations = link.rel?.split(/\s+/).filter((relation) => relation !== "") ?? [];
    for (const key of relations.length > 0 ? relations : [url]) links[key] = link;
    at = end;
  }
}

function makeLink(url: string, rest: string): Link {
  const link: Record<string, string> & Link = Object.assign(Object.create(null), { url });
  const begin = rest.indexOf(";");
  for (const [name, parameter] of begin < 0 ? [] : parseParameters(rest.slice(begin))) {
    if (name !== "url") link[name] = unquoted(parameter);
  }
  return link;
}

function unquoted(value: string): string {
  const isQuoted = value.length >= 2 && value.startsWith("'") && value.endsWith("'");
  return isQuoted ? value.slice(1, -1) : value;
}

function resolved(target: string, base: string): string {
  if (base === "") return target;
  try {
    return new URL(target, base).href;
  } catch {
    return target; // the caller sees what the server sent
  }
}
