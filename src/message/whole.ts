/**
 * All that requests and responses can do, handed in by loading this: for entries that have room for it. Without it they
 * do what the web does by itself: no cookie jar, no decoders but those of `fetch`, forms in parts only from a `FormData`,
 * no open files, no reason phrases but those of servers, and the charsets of `TextDecoder`.
 */
import { reasonPhrase } from "../semantics/reason_phrases.ts";
import { useReasonPhrases } from "../semantics/status.ts";
import { useSources } from "./content/byte_source.ts";
import { useCharsets } from "./content/charset.ts";
import { CONTENT_DECODING } from "./content/decoding/content_coding.ts";
import { useDecoding } from "./content/decoding/decoding.ts";
import { useMultipart } from "./content/encode.ts";
import { MORE_CHARSETS } from "./content/more_charsets.ts";
import { encodeMultipart } from "./content/multipart.ts";
import { eitherSource } from "./content/sync_source.ts";
import { Cookies } from "./cookies/jar.ts";
import { useJars } from "./cookies/jar_maker.ts";
import { useURLFaults } from "./parsed_url.ts";
import { urlFault } from "./url_fault.ts";

useCharsets(MORE_CHARSETS);
useDecoding(CONTENT_DECODING);
useJars((init) => new Cookies(init));
useMultipart(encodeMultipart);
useSources(eitherSource);
useReasonPhrases(reasonPhrase);
useURLFaults(urlFault);
