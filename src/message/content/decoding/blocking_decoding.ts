/** The same decoding as in `platform_decoding.ts` for callers that block: its decoders are here from the start. */
import { zlibHasZstd } from "../../../runtime/host.ts";
import { ContentDecoding } from "./content_coding.ts";
import { WEB_DECODERS } from "./web_decoder.ts";
import { zlibDecoders } from "./zlib_decoder.ts";

/** The best that this runtime has. */
export const BLOCKING_DECODING: ContentDecoding = /* @__PURE__ */ new ContentDecoding(
  () => zlibDecoders() ?? WEB_DECODERS,
  { hasZstd: zlibHasZstd },
);
