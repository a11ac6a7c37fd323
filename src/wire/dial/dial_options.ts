/** What a user says of sockets, checked when the transport is made. */
import type { SocketOptions } from "../../runtime/connect_options.ts";
import { isIPAddress, type Resolve, type ResolveInit, resolverFrom } from "./resolve.ts";

/** The options, as they come. */
export interface DialOptions {
  readonly uds?: string | null | undefined;
  readonly localAddress?: string | null | undefined;
  readonly retries?: number | undefined;
  readonly socketOptions?: SocketOptions | null | undefined;
  readonly resolve?: ResolveInit | null | undefined;
}

/** The options with nothing left open. */
export interface CheckedDialOptions {
  readonly uds: string | null;
  readonly localAddress: string | null;
  readonly retries: number;
  readonly socketOptions: SocketOptions;
  readonly resolve: Resolve | null;
}

const SOCKET_OPTIONS: { readonly [Name in keyof SocketOptions]-?: true } = {
  noDelay: true,
  keepAlive: true,
};

/**
 * The options with their defaults.
 *
 * @throws {TypeError} naming the option that is of the wrong kind, and for two that exclude each other
 */
export function checkDialOptions(options: DialOptions): CheckedDialOptions {
  const { retries = 0 } = options;
  const uds = options.uds ?? null;
  const localAddress = options.localAddress ?? null;
  const resolve = options.resolve ?? null;
  if (uds !== null && (typeof uds !== "string" || uds === "")) {
    throw badOption("uds", "give the path of a UNIX socket");
  }
  if (localAddress !== null && (typeof localAddress !== "string" || !isIPAddress(localAddress))) {
    throw badOption("localAddress", "give an IP address of this machine, without brackets or port");
  }
  if (!Number.isInteger(retries) || retries < 0) {
    throw badOption("retries", "give a whole number, 0 or more");
  }
  for (const [name, value] of Object.entries({ localAddress, resolve })) {
    if (uds === null || value === null) continue;
    throw new TypeError(`Cannot use uds and ${name} at once: a UNIX socket has no addresses`);
  }
  const socketOptions = checkSocketOptions(options.socketOptions ?? {});
  return { uds, localAddress, retries, socketOptions, resolve: resolverFrom(resolve) };
}

function checkSocketOptions(options: SocketOptions): SocketOptions {
  if (typeof options !== "object" || Array.isArray(options)) {
    throw badOption("socketOptions", "give { noDelay, keepAlive }");
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(SOCKET_OPTIONS, name)) {
      const names = Object.keys(SOCKET_OPTIONS).join(", ");
      throw badOption("socketOptions", `"${name}" is unknown; there are ${names}`);
    }
    if (value !== undefined && typeof value !== "boolean") {
      throw badOption("socketOptions", `"${name}" is neither true nor false`);
    }
  }
  return { ...options };
}

function badOption(name: string, why: string): TypeError {
  return new TypeError(`Cannot use option "${name}": ${why}`);
}
