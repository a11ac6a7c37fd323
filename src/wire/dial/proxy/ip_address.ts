/** IP addresses as bytes, from the one way in which URLs write them (RFC 5952, without dots in IPv6 addresses). */

/** The 4 or 16 bytes of a host that is an address, without brackets; `null` for a name. */
export function bytesOfAddress(host: string): readonly number[] | null {
  if (host.includes(":")) return bytesOfIPv6(host);
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return null;
  const bytes = host.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

function bytesOfIPv6(host: string): readonly number[] | null {
  const [front = [], back = [], ...more] = host.split("::").map(groupsOf);
  const missing = 8 - front.length - back.length;
  const isWhole = host.includes("::") ? missing > 0 : missing === 0;
  const groups = [...front, ...new Array<number>(Math.max(0, missing)).fill(0), ...back];
  if (more.length > 0 || !isWhole || !groups.every(Number.isInteger)) return null;
  return groups.flatMap((group) => [group >> 8, group & 255]);
}

/** Sixteen bits each; `NaN` for what is none. */
function groupsOf(part: string): number[] {
  if (part === "") return [];
  return part.split(":").map((group) => /^[\da-f]{1,4}$/i.test(group) ? parseInt(group, 16) : NaN);
}
