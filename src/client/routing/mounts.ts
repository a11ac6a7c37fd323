/** Transports for some URLs: what is given, and what a client looks up. */
import { badOption } from "../../message/bad_option.ts";
import type { Target } from "../../semantics/target.ts";
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
