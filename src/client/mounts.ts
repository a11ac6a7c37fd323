/** Transports behind patterns: looked up for every request, redirects included. */
import type { Target } from "../semantics/target.ts";
import type { Transport } from "../transports/transport.ts";
import { bySpecificity, matchesPattern, parsePattern, type URLPattern } from "./patterns.ts";

/** One pattern and what answers for it. */
export interface Mount {
  readonly pattern: URLPattern;
  /** `null` is the client's own. */
  readonly transport: Transport | null;
}

/**
 * The mounts of a client, the most specific first.
 *
 * @throws {TypeError} for a malformed pattern, and for what is no transport
 */
export function mountsOf(mounts: Readonly<Record<string, Transport | null>>): Mount[] {
  return Object.entries(mounts)
    .map(([text, transport]) => {
      if (transport !== null) checkTransport(`mounts["${text}"]`, transport);
      return { pattern: parsePattern(text), transport };
    })
    .sort((a, b) => bySpecificity(a.pattern, b.pattern));
}

/** The transport of the first mount that matches, or `null` for the client's own. */
export function transportFor(target: Target, mounts: readonly Mount[]): Transport | null {
  return mounts.find((mount) => matchesPattern(mount.pattern, target))?.transport ?? null;
}

/**
 * Makes sure that something is a transport.
 *
 * @throws {TypeError} naming the option
 */
export function checkTransport(option: string, transport: Transport): void {
  if (typeof transport?.handleRequest === "function") return;
  throw new TypeError(
    `Cannot use option "${option}": it has no handleRequest(); give a transport such as ` +
      "HTTPTransport, MockTransport or AppTransport",
  );
}
