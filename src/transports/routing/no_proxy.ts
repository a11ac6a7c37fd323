/**
 * `NO_PROXY`: which hosts are reached without the proxies of the environment. There has never been a standard for it;
 * this is the union of what httpx, curl and Go read:
 *
 * ```text
 * *                everything              10.0.0.0/8  fd00::/8     a network
 * example.org      it and its subdomains   192.168.1.7  ::1         an address, in brackets or not
 * .example.org     its subdomains          example.org:8080         on this port alone
 * *.example.org    the same                http://example.org       in this scheme alone, without subdomains
 * ```
 *
 * Entries that are none of these match nothing: the variable is shared with programs that know others.
 */
import { comparableHost, withoutRootDot } from "../../semantics/host_name.ts";
import type { Target } from "../../semantics/target.ts";
import { bytesOfAddress } from "../../wire/dial/proxy/ip_address.ts";
import { matchesPattern, parsePattern } from "./patterns.ts";

/** Whether a target is to be reached directly. */
export type IsExcluded = (target: Target) => boolean;

/** What the value of the variable excludes. */
export function exclusionsOf(list: string): IsExcluded {
  const rules = list.split(/[\s,]+/).filter((entry) => entry !== "").map(ruleOf);
  return (target) => {
    const host = withoutRootDot(target.host);
    const plain = host === target.host ? target : { ...target, host };
    return rules.some((rule) => rule(plain));
  };
}

const NOTHING: IsExcluded = () => false;

function ruleOf(entry: string): IsExcluded {
  if (entry === "*") return () => true;
  if (entry.includes("://")) return urlRule(entry);
  if (entry.includes("/")) return networkRule(entry);
  const [, host = entry, port = null] = /^(\[.*\]|[^:]*):(\d{1,5})$/.exec(entry) ?? [];
  const isHost = hostRule(host);
  if (port === null) return isHost;
  return (target) => target.port === Number(port) && isHost(target);
}

function urlRule(entry: string): IsExcluded {
  try {
    const pattern = parsePattern(entry);
    return (target) => matchesPattern(pattern, target);
  } catch {
    return NOTHING;
  }
}

function hostRule(entry: string): IsExcluded {
  const isAddress = addressOf(entry) !== null || entry.toLowerCase() === "localhost";
  const [, dots = "", name = ""] = /^(\*?\.)?(.*?)\.?$/.exec(entry) ?? [];
  const host = comparableHost(name);
  if (host === null) return NOTHING;
  if (isAddress) return (target) => target.host === host;
  const suffix = `.${host}`;
  return (target) => target.host.endsWith(suffix) || (dots === "" && target.host === host);
}

function networkRule(entry: string): IsExcluded {
  const [, base = "", bits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const network = addressOf(base);
  const prefix = Number(bits);
  if (network === null || bits === "" || prefix > 8 * network.length) return NOTHING;
  return ({ host }) => {
    const address = addressOf(host);
    return address !== null && address.length === network.length &&
      isSamePrefix(address, network, prefix);
  };
}

function isSamePrefix(a: readonly number[], b: readonly number[], bits: number): boolean {
  return a.every((byte, i) => {
    const counted = Math.min(8, Math.max(0, bits - 8 * i));
    const mask = 0xff00 >> counted & 0xff;
    return (byte & mask) === ((b[i] ?? 0) & mask);
  });
}

/** The bytes of an IP address, with or without brackets; `null` for anything else. */
function addressOf(text: string): readonly number[] | null {
  const isIPv4 = /^\d+(\.\d+){3}$/.test(text); // "127.1" is one for URLs, and a name for everybody else
  if (!isIPv4 && !text.includes(":")) return null;
  const host = comparableHost(text);
  const bytes = host === null ? null : bytesOfAddress(host);
  return bytes === null ? null : unmapped(bytes);
}

/** An IPv4 address that is written as an IPv6 one (RFC 4291 §2.5.5.2) is an IPv4 address. */
function unmapped(bytes: readonly number[]): readonly number[] {
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 &&
    bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}
