/** Transports for some URLs: what is given, and what a client looks up. */
import { badOption } from "../../options/bad_option.ts";
import type { Target } from "../../semantics/target.ts";
import { patternLookup } from "../../transports/routing/patterns.ts";
import type { Transport } from "../../transports/transport.ts";

/** Transports by pattern; `null` is the client's own. */
export type Mounts<Carrier = Transport> = Readonly<Record<string, Carrier | null>>;

/** The transport of a target, or `null` for the client's own. */
export type Router = (target: Target) => Transport | null;

/**
 * Makes sure that something is a transport.
 *
 * @throws {TypeError} naming the option
 */
export function checkTransport(option: string, transport: Transport): void {
  if (typeof transport?.handleRequest === "function") return;
  throw badOption(
    option,
    "it has no handleRequest()",
  );
}

/**
 * The router of a client's mounts, the most specific pattern first, or `null` if there are none.
 *
 * @throws {TypeError} for a malformed pattern, and for what is not a transport
 */
export function routerOf(mounts: Mounts): Router | null {
  if (Object.keys(mounts).length === 0) return null;
  const entries = Object.entries(mounts);
  for (const [text, transport] of entries) {
    if (transport !== null) checkTransport(`mounts["${text}"]`, transport);
  }
  const lookup = patternLookup(entries);
  return (target) => lookup(target) ?? null;
}
