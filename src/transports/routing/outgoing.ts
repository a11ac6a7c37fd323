/**
 * A request as the wire sends it along its route: its own fields and target, or, where a proxy forwards it, what such
 * a proxy needs. Nothing that is for a proxy gets to an origin.
 */
import { type Headers, headersFromSection } from "../../message/headers.ts";
import { addressOf, bodySourceOf, type Request } from "../../message/request.ts";
import { type FieldLines, type FieldSection, findField } from "../../semantics/fields.ts";
import type { Target } from "../../semantics/target.ts";
import type { OutgoingRequest } from "../../wire/connection/connection.ts";
import type { ProxyHop } from "../../wire/dial/proxy/hop.ts";
import type { Way } from "../../wire/dial/route.ts";

/** Called for each 1xx response but 101: `extensions.on_informational`. */
export type OnInformational = (status: number, headers: Headers) => void;

/** What is sent of a request that goes this way. */
export function toOutgoing(request: Request, way: Way): OutgoingRequest {
  const { target: given, on_informational: onInformational } = request.extensions;
  const isForwarded = way.kind === "forwarded";
  const lines = hostFirst(request.headers.lines);
  return {
    method: request.method,
    url: request.url,
    target: isForwarded
      ? absoluteForm(addressOf(request), targetFrom(given))
      : targetFrom(given) ?? addressOf(request).requestTarget,
    fields: way.kind === "direct" ? lines : isForwarded ? forwarded(lines, way.proxy) : own(lines),
    body: bodySourceOf(request),
    onInformational: typeof onInformational === "function"
      ? (status: number, fields: FieldSection) =>
        (onInformational as OnInformational)(status, headersFromSection(fields))
      : null,
    mayReplay: false,
    needsHttp1: false,
  };
}

/** `Host` leads all other fields (RFC 9110 §7.2), also where the caller gave it, or a hook. */
function hostFirst(lines: FieldLines): FieldLines {
  if (lines[0] === "Host" || lines[0]?.toLowerCase() === "host") return lines;
  const host: string[] = [];
  const others: string[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? "";
    (name.toLowerCase() === "host" ? host : others).push(name, lines[i + 1] ?? "");
  }
  return [...host, ...others];
}

/**
 * What a proxy forwards has the whole URL as its target, without userinfo and fragment (RFC 9112 §3.2.2); one that is
 * given is the origin's, which the proxy would not learn else. Its `*` has no path at all (§3.2.4).
 */
function absoluteForm(
  { scheme, authority, requestTarget }: Target,
  given: string | null = null,
): string {
  const target = given === "*" ? "" : given ?? requestTarget;
  return target === "" || target.startsWith("/") ? `${scheme}://${authority}${target}` : target;
}

/** The request's fields, and those for the proxy that it does not have itself. */
function forwarded(lines: FieldLines, { fields }: ProxyHop): FieldLines {
  const added: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? "";
    if (findField(lines, name.toLowerCase()) === null) added.push(name, fields[i + 1] ?? "");
  }
  return [...lines, ...added];
}

/** Through a tunnel the origin would see credentials that are for the proxy. */
function own(lines: FieldLines): FieldLines {
  if (findField(lines, "proxy-authorization") === null) return lines;
  const kept: string[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? "";
    if (name.toLowerCase() !== "proxy-authorization") kept.push(name, lines[i + 1] ?? "");
  }
  return kept;
}

/** `extensions.target`: a request target that no URL can express, `*` or an absolute form. */
function targetFrom(target: unknown): string | null {
  if (target === undefined) return null;
  if (typeof target === "string") return target;
  if (target instanceof Uint8Array) return new TextDecoder().decode(target);
  throw new TypeError('Cannot use extension "target": it is neither a string nor bytes');
}
