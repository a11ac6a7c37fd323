/** RFC 6455 §4.1: the client's opening handshake: the fields of the request and the checks of the answer. */
import {
  DEFLATE_NAME,
  type DeflateOffer,
  type DeflateTerms,
  formatOffer,
  readTerms,
} from "../messages/deflate.ts";
import { parseExtensions } from "./extensions.ts";

/** §1.3 */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** What the client asks for. */
export interface Proposal {
  /** Subprotocols, the preferred one first. */
  readonly protocols: readonly string[];
  /** `null` for no compression. */
  readonly deflate: DeflateOffer | null;
}

/** What both sides have agreed on. */
export interface Agreement {
  /** The subprotocol, or an empty text. */
  readonly protocol: string;
  /** The field of the server, or an empty text. */
  readonly extensions: string;
  /** `null` without compression. */
  readonly deflate: DeflateTerms | null;
}

/** Reads a field of the response: lines joined with commas, or `null`. */
export type GetField = (name: string) => string | null;

/** A new key: 16 random bytes in base64. */
export function makeKey(random: Uint8Array): string {
  return btoa(String.fromCharCode(...random));
}

/** The text whose SHA-1, in base64, the server has to send as `Sec-WebSocket-Accept`. */
export function acceptText(key: string): string {
  return key + ACCEPT_GUID;
}

/** The fields that both versions of HTTP have in common (RFC 8441 §5). */
export function proposalFields({ protocols, deflate }: Proposal): [name: string, value: string][] {
  const fields: [string, string][] = [["Sec-WebSocket-Version", "13"]];
  if (protocols.length > 0) fields.push(["Sec-WebSocket-Protocol", protocols.join(", ")]);
  if (deflate !== null) fields.push(["Sec-WebSocket-Extensions", formatOffer(deflate)]);
  return fields;
}

/** The fields of a handshake over HTTP/1.1. */
export function upgradeFields(key: string): [name: string, value: string][] {
  return [["Upgrade", "websocket"], ["Connection", "Upgrade"], ["Sec-WebSocket-Key", key]];
}

/** What is wrong with the fields of a `101`, or `null` (§4.1, steps 2 to 4). */
export function upgradeFault(getField: GetField, expectedAccept: string): string | null {
  if (getField("upgrade")?.trim().toLowerCase() !== "websocket") {
    return "the Upgrade field is not websocket";
  }
  if (!listOf(getField("connection")).some((option) => option.toLowerCase() === "upgrade")) {
    return "the Connection field does not contain Upgrade";
  }
  const accept = getField("sec-websocket-accept")?.trim();
  if (accept === undefined) return "Sec-WebSocket-Accept is missing";
  return accept === expectedAccept ? null : "Sec-WebSocket-Accept does not match the key";
}

/** What a server's answer means for the proposal, or what is wrong with it (§4.1, steps 5 and 6). */
export function agreementOf(getField: GetField, proposal: Proposal): Agreement | { fault: string } {
  const protocol = getField("sec-websocket-protocol")?.trim() ?? "";
  if (protocol !== "" && !proposal.protocols.includes(protocol)) {
    return { fault: "the server chose a subprotocol that was not offered" };
  }
  const field = getField("sec-websocket-extensions") ?? "";
  const extensions = parseExtensions(field);
  if (extensions === null) return { fault: "Sec-WebSocket-Extensions is malformed" };
  let deflate: DeflateTerms | null = null;
  for (const extension of extensions) {
    const isAsked = extension.name === DEFLATE_NAME && proposal.deflate !== null;
    if (!isAsked || deflate !== null) {
      return { fault: "the server chose an extension that was not offered" };
    }
    const terms = readTerms(extension, proposal.deflate);
    if ("fault" in terms) return { fault: `${DEFLATE_NAME}: ${terms.fault}` };
    deflate = terms;
  }
  return { protocol, extensions: field.trim(), deflate };
}

function listOf(field: string | null): string[] {
  return (field ?? "").split(",").map((element) => element.trim());
}
