/**
 * The `Cookie` field of a request: what the caller gave, then what the jar has. On a redirect the two go different ways:
 * the jar is asked again for the new URL, the caller's own stay with the origin they were meant for.
 */
import type { Cookies } from "../../message/cookies/jar.ts";
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import { provenanceOf, recordProvenance } from "./provenance.ts";
import { sharesCredentials } from "./redirects.ts";

/** The value of `Cookie`: the caller's own, then those of the jar that have other names; `null` for none. */
export function mergeCookies(own: string | null, fromJar: string | null): string | null {
  if (own === null || fromJar === null) return own ?? fromJar;
  const names = new Set(own.split(/; */).map(nameOf));
  const others = fromJar.split("; ").filter((pair) => !names.has(nameOf(pair)));
  return [own, ...others].join("; ");
}

/**
 * Sets the cookies of a redirected request. The caller's own are sent if credentials may be sent there, except
 * those that the response has set anew.
 */
export function carryCookies(
  next: Request,
  { response, jar }: { readonly response: Response; readonly jar: Cookies | null },
): void {
  const { request } = response;
  const own = ownCookies(request, next, response);
  const header = mergeCookies(own, jar?.headerFor(next.parsedURL) ?? null);
  if (header === null) {
    next.headers.delete("cookie");
  } else {
    next.headers.set("Cookie", header);
    recordProvenance(next, { cookies: { header, own } });
  }
}

function ownCookies(request: Request, next: Request, response: Response): string | null {
  // As bytes: `get()` would decode, and what it decodes need not fit into a header again.
  const header = cookieField(request.headers.lines);
  if (header === null || !sharesCredentials(request.parsedURL, next.parsedURL)) return null;
  const { cookies: sent } = provenanceOf(request);
  const own = sent?.header === header ? sent.own : header; // a hook may have changed it since
  const replaced = new Set(response.headers.getSetCookie().map(nameOf));
  if (own === null || replaced.size === 0) return own;
  return own.split(/; */).filter((pair) => !replaced.has(nameOf(pair))).join("; ") || null;
}

/** Several lines of it are one list, whose separator is not the comma (RFC 9113 §8.2.3). */
function cookieField(lines: FieldLines): string | null {
  return lines.filter((_, i) => i % 2 === 1 && lines[i - 1]?.toLowerCase() === "cookie")
    .join("; ") || null;
}

function nameOf(pair: string): string {
  return /^[^=;]*/.exec(pair)?.[0].trim() ?? "";
}
