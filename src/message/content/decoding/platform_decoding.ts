/**
 * Decoding by `node:zlib`, which streams, knows more codings, and reports what is wrong; by `DecompressionStream` if the
 * runtime has no zlib. Clients and transports over sockets hand it to their responses. The client over `fetch` does not
 * import this file: `fetch` decodes by itself.
 *
 * The decoders are loaded for the first encoded response: many programs never receive one.
 */
import { zlibHasZstd } from "../../../runtime/host.ts";
import type { Decoders } from "./byte_reader.ts";
import { ContentDecoding } from "./content_coding.ts";
import { WEB_DECODERS } from "./web_decoder.ts";

/** The best that this runtime has, for callers that can wait. */
export const PLATFORM_DECODING: ContentDecoding = /* @__PURE__ */ new ContentDecoding(
  () => zlibHasZstd() === null ? WEB_DECODERS : loadZlib(),
  { hasZstd: zlibHasZstd },
);

async function loadZlib(): Promise<Decoders> {
  const { zlibDecoders } = await import("./zlib_decoder.ts");
  return zlibDecoders() ?? WEB_DECODERS;
}
