/** Content that a response is given by hand, and the headers that describe it. */
import { Headers, type HeadersInit } from "../headers.ts";

/** One kind of content at most. */
export interface GivenContent {
  readonly content?: string | Uint8Array | ArrayBuffer | null | undefined;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly json?: unknown;
}

const encoder = new TextEncoder();
const NO_CONTENT = new Uint8Array(0);

/**
 * The bytes of what was given, and the type that goes with it.
 *
 * @throws {TypeError} for two kinds at once
 */
export function contentOf(init: GivenContent): { content: Uint8Array; type: string | null } {
  const { content, text, html, json } = init;
  const given = Object.entries({ content, text, html, json }).filter(([, value]) =>
    value !== undefined && value !== null
  );
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(" and ");
    throw new TypeError(`Cannot make a response of ${names} at once: it has one body`);
  }
  if (text !== undefined) {
    return { content: encoder.encode(text), type: "text/plain; charset=utf-8" };
  }
  if (html !== undefined) {
    return { content: encoder.encode(html), type: "text/html; charset=utf-8" };
  }
  if (json !== undefined) {
    return { content: encoder.encode(JSON.stringify(json)), type: "application/json" };
  }
  if (content === undefined || content === null) return { content: NO_CONTENT, type: null };
  if (typeof content === "string") return { content: encoder.encode(content), type: null };
  if (content instanceof Uint8Array) return { content, type: null };
  return { content: new Uint8Array(content), type: null };
}

/** Headers for the content, where the given ones say nothing of it. */
export function describeContent(
  init: HeadersInit | null,
  { content, type }: { readonly content: Uint8Array; readonly type: string | null },
): HeadersInit | null {
  if (content.length === 0 && type === null) return init;
  const headers = init instanceof Headers ? init.copy() : new Headers(init);
  if (!headers.has("content-length") && !headers.has("transfer-encoding")) {
    headers.append("Content-Length", String(content.length));
  }
  if (type !== null && !headers.has("content-type")) headers.append("Content-Type", type);
  return headers;
}
