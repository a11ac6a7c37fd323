/** Our responses as genuine web ones: what `client.fetch` hands to code that knows only `fetch`. */
import type { FieldLines } from "../../semantics/fields.ts";
import { webHeaders } from "../web/web_headers.ts";

/** As much of a response as its web twin is made of. */
interface Source {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: { readonly lines: FieldLines };
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

/** Fetch §2.2.3: a response of these has no body, not even an empty one. */
const NULL_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A web `Response` with the same status, headers and body.
 *
 * @param content the body, where it is in memory; else it is streamed
 * @throws {RangeError} for 1xx, and 600 and above, which no web response can have
 */
export function toWebResponse(source: Source, content: Uint8Array | null): Response {
  const { status, statusText } = source;
  // Deno and Bun let 101 pass, but callers could not reach the upgraded connection.
  if (!(status >= 200 && status <= 599)) {
    throw new RangeError(`Cannot make a web Response of status ${status}: it has 200 to 599`);
  }
  const headers = webHeaders(source.headers.lines);
  const hasBody = !NULL_BODY.has(status);
  // Bodies are never in shared memory; the web's types want to know.
  const body = !hasBody
    ? null
    : content === null
    ? source.body
    : content as Uint8Array<ArrayBuffer>;
  const response = new Response(body, { status, statusText: printableReason(statusText), headers });
  // The constructor has no way to say where a response is from.
  Object.defineProperty(response, "url", { value: withoutFragment(source.url) });
  Object.defineProperty(response, "redirected", { value: source.redirected });
  return response;
}

/** The web's `url` of a response has no fragment. */
export function withoutFragment(url: string): string {
  const hash = url.indexOf("#");
  return hash < 0 ? url : url.slice(0, hash);
}

/** A reason phrase that the web's grammar refuses is left out rather than the response. */
export function printableReason(reason: string): string {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(reason) ? reason : "";
}
