/**
 * URLs of requests: checked, and parsed once for each string. A client asks for the same few URLs again
 * and again, and `new URL()` costs more than the rest of a request object (bench: get_1k).
 */
import { InvalidURL, UnsupportedProtocol } from "../errors.ts";
import { maskURL } from "../observe/mask.ts";
import { type Target, targetOf } from "../semantics/target.ts";
import { describeInvalidURL, hasScheme } from "./describe_invalid_url.ts";

/** A URL as text and as what it means on the wire. */
export interface ParsedURL {
  readonly href: string;
  readonly target: Target;
}

/** For texts, `URL` objects and what `params` make of them, as for httpx's texts. */
export const MAX_URL_LENGTH = 65_536;
const MAX_CACHED = 256;
const cache = new Map<string, ParsedURL>();

/**
 * What a URL means.
 *
 * @throws {InvalidURL} for what is not a URL; the message says what is wrong
 * @throws {UnsupportedProtocol} for one without a scheme
 */
export function parseURL(text: string): ParsedURL {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parsed = describeURL(readURL(text));
  // The oldest half goes at once: that costs next to nothing, whatever the order of use.
  if (cache.size >= MAX_CACHED) {
    for (const key of [...cache.keys()].slice(0, 128)) cache.delete(key);
  }
  cache.set(text, parsed);
  return parsed;
}

/**
 * The same for a URL that is parsed already.
 *
 * @throws {InvalidURL} for one that is too long
 */
export function describeURL(url: URL): ParsedURL {
  checkLength(url.href);
  const written = url.href.includes("^") ? withEncodedCaret(url) : url;
  return { href: written.href, target: targetOf(written) };
}

/** The URL standard encodes "^" in a path since 2023 (whatwg/url#817). Bun does, Deno 2.9 and Node 26 leave it. */
function withEncodedCaret(url: URL): URL {
  const written = new URL(url);
  written.pathname = url.pathname.replaceAll("^", "%5E");
  return written;
}

/**
 * Parses an absolute URL.
 *
 * @throws {InvalidURL} for what is not a URL, for one that is too long, and for control characters, which the URL standard
 * removes in silence
 * @throws {UnsupportedProtocol} for one without a scheme
 */
export function readURL(text: string): URL {
  checkLength(text);
  const shown = maskURL(text);
  const control = CONTROL.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(2, "0").toUpperCase();
    throw new InvalidURL(
      `Cannot parse URL ${JSON.stringify(shown)}: ` +
        `it has a control character (U+00${code}); take it out, or write %${code}`,
    );
  }
  try {
    return new URL(text);
  } catch (cause) {
    const init = shown === text ? { cause } : {}; // the runtime's error has the whole text
    const message = `Cannot parse URL "${shown}": ${describeInvalidURL(text)}`;
    if (!hasScheme(text)) throw new UnsupportedProtocol(message, init);
    throw new InvalidURL(message, init);
  }
}

// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x1f\x7f]/;

function checkLength({ length }: string): void {
  if (length <= MAX_URL_LENGTH) return;
  throw new InvalidURL(`Cannot parse URL: it has ${length} characters, at most ${MAX_URL_LENGTH}`);
}
