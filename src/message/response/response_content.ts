/** Content that a response is given by hand, and the headers that describe it. */
import { bytesOf } from "../content/source/byte_source.ts";
import { kindOf } from "../../semantics/kind.ts";
import { encodeJSON } from "../content/json.ts";
import { Headers, type HeadersInit } from "../headers.ts";

/** One kind of content at most. */
export interface GivenContent {
  readonly content?: string | ArrayBuffer | ArrayBufferView | null | undefined;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly json?: unknown;
  /** What comes in chunks is not looked at here, but it is a kind of content too. */
  readonly stream?: unknown;
}

const encoder = new TextEncoder();

/**
 * Makes sure that there is one kind of content at most.
 *
 * @throws {TypeError} for two at once
 */
export function checkKinds({ content, text, html, json, stream }: GivenContent): void {
  // Counted before they are named: this is on the road of every response (bench: get_1k).
  const kinds = Number(content != null) + Number(text != null) + Number(html != null) +
    Number(json != null) + Number(stream != null);
  if (kinds < 2) return;
  const names = Object.entries({ content, text, html, json, stream })
    .filter(([, value]) => value != null).map(([name]) => name).join(" and ");
  throw new TypeError(`Cannot make a response of ${names} at once: it has one body`);
}

/**
 * The bytes of what was given, and the type that goes with it.
 *
 * @throws {TypeError} for what is no content
 */
export function contentOf(init: GivenContent): { content: Uint8Array; type: string | null } {
  const { content, text, html, json } = init;
  const given = text ?? html ?? (json === undefined ? content ?? "" : encodeJSON(json));
  const bytes = typeof given === "string" ? encoder.encode(given) : bytesOf(given);
  if (bytes === null) {
    throw new TypeError(
      `Cannot make a response of content of type ${kindOf(content)}: give text or bytes`,
    );
  }
  const type = text !== undefined
    ? "text/plain; charset=utf-8"
    : html !== undefined
    ? "text/html; charset=utf-8"
    : json !== undefined
    ? "application/json"
    : null;
  return { content: bytes, type };
}

/** Headers of one's own, for who gave them may change them later. */
export function ownHeaders(init: HeadersInit | null | undefined): HeadersInit | null {
  return init instanceof Headers ? init.copy() : init ?? null;
}

/** Headers for the content, where the given ones say nothing of it. */
export function describeContent(
  init: HeadersInit | null,
  { content, type }: { readonly content: Uint8Array; readonly type: string | null },
): HeadersInit | null {
  if (content.length === 0 && type === null) return ownHeaders(init);
  const headers = init instanceof Headers ? init.copy() : new Headers(init);
  if (!headers.has("content-length") && !headers.has("transfer-encoding")) {
    headers.append("Content-Length", String(content.length));
  }
  if (type !== null && !headers.has("content-type")) headers.append("Content-Type", type);
  return headers;
}
