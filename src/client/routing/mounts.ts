/**
 * Transports for some URLs: what a client asks, whatever the patterns are. What reads patterns takes room, and is handed
 * in where an entry has that.
 */
import { badOption } from "../../message/bad_option.ts";
import type { Target } from "../../semantics/target.ts";
import type { Transport } from "../../transports/transport.ts";

/** Transports by pattern; `null` is the client's own. */
export type Mounts<Carrier = Transport> = Readonly<Record<string, Carrier | null>>;

/** The transport of a target, or `null` for the client's own. */
export type Router = (target: Target) => Transport | null;

/** Set when the entry is loaded, before any client is made. */
let makeRouter: (mounts: Mounts) => Router = refuse;

/** Has patterns read by `maker` from now on. */
export function useMounts(maker: (mounts: Mounts) => Router): void {
  makeRouter = maker;
}

/**
 * The router of a client's mounts, or `null` where it has none.
 *
 * @throws {TypeError} for a malformed pattern, for what is no transport, and where mounts are not handed in
 */
export function routerOf(mounts: Mounts): Router | null {
  return Object.keys(mounts).length === 0 ? null : makeRouter(mounts);
}

function refuse(): never {
  throw badOption("mounts", 'give a transport that chooses, or import "@httpx/httpx/fetch/full"');
}

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
