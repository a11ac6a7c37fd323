/**
 * URLs of requests: checked, and parsed once for each string. A client asks for the same few URLs again
 * and again, and `new URL()` costs more than the rest of a request object (bench: get_1k).
 */
import { InvalidURL } from "../errors.ts";
import { maskURL } from "../observe/mask.ts";
import { type Target, targetOf } from "../semantics/target.ts";
import { describeInvalidURL } from "./describe_invalid_url.ts";

/** A URL as text and as what it means on the wire. */
export interface ParsedURL {
  readonly href: string;
  readonly target: Target;
}

const MAX_LENGTH = 65_536;
const MAX_CACHED = 256;
const cache = new Map<string, ParsedURL>();

/**
 * What a URL means.
 *
 * @throws {InvalidURL} where it is none; the message says what is missing
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

/** The same for a URL that is parsed already. */
export function describeURL(url: URL): ParsedURL {
  return {
    href: url.href,
    target: targetOf(url),
  };
}

/**
 * Parses an absolute URL.
 *
 * @throws {InvalidURL} where it is none
 */
export function readURL(text: string): URL {
  if (text.length > MAX_LENGTH) {
    throw new InvalidURL(
      `Cannot parse URL: it has ${text.length} characters, at most ${MAX_LENGTH}`,
    );
  }
  try {
    return new URL(text);
  } catch (cause) {
    const shown = maskURL(text);
    const init = shown === text ? { cause } : undefined; // the runtime's error has the whole text
    throw new InvalidURL(`Cannot parse URL "${shown}": ${describeInvalidURL(text)}`, init);
  }
}
