/** What an `HTTPStatusError` says. */
import { maskURL } from "../../observe/mask.ts";
import { statusClass } from "../../semantics/status.ts";
import { makeTextDecoder } from "../content/charset.ts";

/** The part of a response that is described. */
interface DescribedResponse {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly request: { readonly method: string };
  readonly headers: { get(name: string): string | null };
  readonly hasRedirectLocation: boolean;
  readonly encoding: string;
}

/** By the first digit of the status. A success is not an error. */
const KINDS: Readonly<Record<number, string>> = {
  1: "Informational response",
  3: "Redirect response",
  4: "Client error",
  5: "Server error",
};

/** How much of a body is quoted, in UTF-16 units. */
const MAX_QUOTED = 200;
/** So many bytes have that much text in any charset. */
const MAX_QUOTED_BYTES = 4 * MAX_QUOTED;

/** The class of the status, the request, and where a redirect leads or what the server says. */
export function statusMessage(response: DescribedResponse, content: Uint8Array | null): string {
  const { status, statusText, url, request: { method } } = response;
  const kind = KINDS[statusClass(status)] ?? "Invalid status";
  const subject = `${kind} "${`${status} ${statusText}`.trim()}" for ${method} ${maskURL(url)}`;
  const location = response.hasRedirectLocation ? response.headers.get("location") : null;
  if (location !== null) {
    return `${subject}: it leads to ${maskURL(location)}; followRedirects: true follows it`;
  }
  const quoted = content === null ? "" : quote(response, content);
  return quoted === "" ? subject : `${subject}: ${quoted}`;
}

/** The beginning of a body that is text, on one line. */
function quote({ headers, encoding }: DescribedResponse, content: Uint8Array): string {
  const type = headers.get("content-type") ?? "";
  if (!/^(?:text\/|application\/(?:[\w.-]+\+)?json\b)/i.test(type)) return "";
  const text = makeTextDecoder(encoding).decode(content.subarray(0, MAX_QUOTED_BYTES));
  const line = text.replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, " ").trim();
  return line.length <= MAX_QUOTED ? line : `${line.slice(0, MAX_QUOTED)}…`;
}
