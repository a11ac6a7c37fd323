/** All that a synchronous client can do, handed in by loading this. Nothing of the wire: that is the worker's. */
import "../message/whole.ts";
import { guessOption } from "../client/options/option_guess.ts";
import { useRefusalReasons } from "../message/bad_option.ts";
import { useDecoders } from "../message/content/decoding/content_coding.ts";
import { useBlobReader } from "../message/content/sync_source.ts";
import { zlibDecoders } from "../message/content/decoding/zlib_decoder.ts";

import { blobPieces } from "./caller/blob_reader.ts";

useBlobReader(blobPieces);
useDecoders(zlibDecoders);
useRefusalReasons(guessOption);
