/**
 * Request fields that concern one connection or frame the message (RFC 9110 §7.6.1, §7.8, RFC 9112 §6, RFC 9113
 * §8.2.2), and what happens to one that the caller gives. Framing is the library's: a field that contradicts the
 * content is refused by name, over every version of HTTP and over `fetch`.
 */
import { LocalProtocolError } from "../errors.ts";
import { splitList } from "./fields.ts";

/**
 * - `send`: sent as it is.
 * - `once`: sent; a second line is refused.
 * - `match`: sent if it fits the content, else refused.
 * - `trailers`: sent if the value is `trailers`, else left out.
 * - `drop`: left out: it has no meaning there, or the transport writes its own.
 * - `refuse`: refused: the caller asks for something that can't be had there.
 */
export type FieldRule = "send" | "once" | "match" | "trailers" | "drop" | "refuse";

/** By lower-case name; every other field is sent. Fields that `Connection` names are left out over HTTP/2. */
export const CONNECTION_FIELDS: Readonly<
  Record<string, Readonly<Record<"http1" | "http2" | "fetch", FieldRule>>>
> = {
  host: { http1: "once", http2: "once", fetch: "drop" },
  "content-length": { http1: "match", http2: "match", fetch: "drop" },
  "transfer-encoding": { http1: "match", http2: "drop", fetch: "drop" },
  connection: { http1: "send", http2: "drop", fetch: "drop" },
  "keep-alive": { http1: "send", http2: "drop", fetch: "drop" },
  "proxy-connection": { http1: "send", http2: "drop", fetch: "drop" },
  "http2-settings": { http1: "send", http2: "drop", fetch: "drop" },
  upgrade: { http1: "send", http2: "refuse", fetch: "refuse" },
  te: { http1: "send", http2: "trailers", fetch: "drop" },
  trailer: { http1: "send", http2: "send", fetch: "send" },
};

/** What happens to a field over a version of HTTP. */
export function ruleFor(lowerName: string, road: "http1" | "http2" | "fetch"): FieldRule {
  return Object.hasOwn(CONNECTION_FIELDS, lowerName)
    ? CONNECTION_FIELDS[lowerName]?.[road] ?? "send"
    : "send";
}

/** How the server learns where the content ends (RFC 9112 §6.2). */
export type RequestFraming =
  | { readonly kind: "none" }
  | { readonly kind: "fixed"; readonly length: number }
  | { readonly kind: "chunked" };

/** No framing field: there is no content, or the transport frames it. */
export const NO_FRAMING: RequestFraming = { kind: "none" };
const CHUNKED: RequestFraming = { kind: "chunked" };

/** Whether a field frames the message. Asks for the length first: only two names have these. */
export function isFramingName(name: string): boolean {
  if (name.length !== 14 && name.length !== 17) return false;
  const lower = name.toLowerCase();
  return lower === "content-length" || lower === "transfer-encoding";
}

/**
 * The framing after one more framing field.
 *
 * @throws {LocalProtocolError} if the value is invalid, or there is a framing field already
 */
export function addFraming(framing: RequestFraming, name: string, value: string): RequestFraming {
  const isLength = name.length === 14;
  if (framing.kind !== "none") throw conflict(isLength === (framing.kind === "fixed"), isLength);
  if (!isLength) {
    if (value.toLowerCase() === "chunked") return CHUNKED;
    throw new LocalProtocolError('header "Transfer-Encoding" can only be "chunked"');
  }
  if (/^[0-9]{1,15}$/.test(value)) return { kind: "fixed", length: Number(value) };
  throw new LocalProtocolError('header "Content-Length" is not a number');
}

/**
 * Holds the framing against the content.
 *
 * @param contentBytes the size of the content, `null` if it is not known
 * @throws {LocalProtocolError} if they contradict each other
 */
export function checkFraming(framing: RequestFraming, contentBytes: number | null): void {
  if (framing.kind !== "fixed" || contentBytes === null || framing.length === contentBytes) return;
  throw new LocalProtocolError(
    `header "Content-Length" is ${framing.length}, but the content has ${contentBytes} bytes`,
  );
}

/** The names that a `Connection` field lists, in lower case. */
export function connectionOptions(connection: string): readonly string[] {
  return splitList(connection.toLowerCase());
}

/** The error for a second line of a field of which there may be one. */
export function givenTwice(name: string): LocalProtocolError {
  return new LocalProtocolError(`header "${name}" is given twice`);
}

function conflict(isSame: boolean, isLength: boolean): LocalProtocolError {
  if (isSame) return givenTwice(isLength ? "Content-Length" : "Transfer-Encoding");
  return new LocalProtocolError(
    'headers "Content-Length" and "Transfer-Encoding" exclude each other',
  );
}
