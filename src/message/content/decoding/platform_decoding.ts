/**
 * Decoding by `node:zlib`, which streams, knows more codings, and reports what is wrong; by `DecompressionStream` if the
 * runtime has no zlib. Clients and transports over sockets hand it to their responses. The client over `fetch` does not
 * import this file: `fetch` decodes by itself.
 */
import { ContentDecoding } from "./content_coding.ts";
import { WEB_DECODERS } from "./web_decoder.ts";
import { zlibDecoders } from "./zlib_decoder.ts";

/** The best that this runtime has. */
export const PLATFORM_DECODING: ContentDecoding = /* @__PURE__ */ new ContentDecoding(
  () => zlibDecoders() ?? WEB_DECODERS,
);
