/**
 * The addresses of a host: what the user says of them first, what the system knows of them else.
 */
import { ConnectError } from "../../errors.ts";
import { connectFailure } from "../../runtime/failures.ts";
import { lookup } from "../../runtime/lookup.ts";
import { keepProcessAlive } from "../../runtime/timers.ts";
import { comparableHost, withoutRootDot } from "../../semantics/host_name.ts";

/** What a `Resolve` may say: addresses, none at all, or (`null`, `undefined`) what the system says. */
export type Resolved = string | readonly string[] | null | undefined;

/**
 * Finds the IP addresses of a host name. The signal aborts when no call waits any more.
 *
 * @example One name elsewhere, all others as ever
 * ```ts
 * import { Client, type Resolve } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const resolve: Resolve = (host) => host === "api.example.org" ? "127.0.0.1" : null;
 * await using client = new Client({ resolve });
 * assertEquals(client.isClosed, false);
 * ```
 */
export type Resolve = (
  host: string,
  wait: { readonly signal: AbortSignal },
) => Resolved | Promise<Resolved>;

/**
 * How names are resolved: a function, or addresses by name.
 *
 * @example Addresses by name
 * ```ts
 * import { HTTPTransport, type ResolveInit } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const resolve: ResolveInit = { "api.example.org": ["2001:db8::7", "192.0.2.7"] };
 * const transport = new HTTPTransport({ resolve });
 * assertEquals(transport.stats.active, 0);
 * await transport.close();
 * ```
 */
export type ResolveInit = Resolve | Readonly<Record<string, string | readonly string[]>>;

/** An IP address, of either family, without brackets; an IPv6 one may name its zone (RFC 4007 §11). */
export function isIPAddress(text: string): boolean {
  if (!text.includes(":")) return IPV4.test(text);
  const [, address] = IPV6.exec(text) ?? [];
  return address !== undefined && URL.canParse(`http://[${address}]/`);
}

/** What may be one, for URLs to decide; Bun's take a colon at the end. */
const IPV6 = /^([\da-f:.]*(?:[\da-f]|::))(?:%[\w.~-]+)?$/i;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * The option as a function.
 *
 * @throws {TypeError} for anything but a function and a record of addresses
 */
export function resolverFrom(option: ResolveInit | null): Resolve | null {
  if (option === null || typeof option === "function") return option;
  if (typeof option !== "object" || Array.isArray(option)) {
    throw badResolve("give a function, or addresses by host name");
  }
  const known = new Map<string, readonly string[]>();
  for (const [host, given] of Object.entries(option)) {
    const addresses = checkAddresses(host, given);
    if (addresses === null || addresses.length === 0) throw badResolve(`"${host}" has no address`);
    known.set(checkHostName(host), addresses);
  }
  return (host) => known.get(withoutRootDot(host)) ?? null;
}

/** Refuses what no URL can have as its host name: it would never be looked up. */
function checkHostName(host: string): string {
  const name = comparableHost(host);
  if (!name || isIPAddress(name)) throw badResolve(`"${host}" is not a host name`);
  return name;
}

/** What a lookup is made for. */
export interface ResolveWait {
  /** For messages. */
  readonly peer: string;
  readonly signal: AbortSignal;
}

/**
 * What the user says of a host; `null` where that is nothing.
 *
 * @throws {ConnectError} if it has no address, or `resolve` throws
 * @throws {TypeError} for addresses that are none
 */
export async function addressesGiven(
  host: string,
  { resolve, peer, signal }: ResolveWait & { readonly resolve: Resolve },
): Promise<readonly string[] | null> {
  let given: Resolved;
  try {
    given = await untilAborted(async () => await resolve(host, { signal }), signal);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw noAddress(peer, "the option resolve threw; see the error's cause", cause);
  }
  const addresses = checkAddresses(host, given);
  if (addresses?.length === 0) throw noAddress(peer, "the option resolve gave no address");
  return addresses;
}

/** What the system says of a host. */
export async function addressesOf(
  host: string,
  { peer, signal }: ResolveWait,
): Promise<readonly string[]> {
  try {
    return await untilAborted(() => lookup(host), signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw connectFailure(error, peer, { isSecuring: false });
  }
}

function checkAddresses(host: string, given: unknown): readonly string[] | null {
  if (given === null || given === undefined) return null;
  const addresses: unknown = typeof given === "string" ? [given] : given;
  if (!Array.isArray(addresses)) {
    throw badResolve(`for "${host}" there is neither an IP address nor a list of them`);
  }
  return addresses.map((address: unknown) => {
    if (typeof address === "string" && isIPAddress(address)) return address;
    throw badResolve(
      `for "${host}" there is ${JSON.stringify(address)}, which is not an IP address`,
    );
  });
}

/** The outcome is dropped once the signal aborts; until then the program stays alive. */
async function untilAborted<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const release = keepProcessAlive();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([start(), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    release();
  }
}

function noAddress(peer: string, reason: string, cause?: unknown): ConnectError {
  return new ConnectError(`Cannot connect to ${peer}: ${reason}`, {
    cause,
    phase: "dns",
    peer,
    safeToRetry: true,
  });
}

function badResolve(why: string): TypeError {
  return new TypeError(`Cannot use option "resolve": ${why}`);
}
