/** A checksum against damaged files, not against forgery: FNV-1a, 32 bits, over bytes or the characters of text. */

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** The checksum, as an unsigned number. */
export function checksum(content: Uint8Array | string): number {
  let hash = OFFSET;
  const { length } = content;
  if (typeof content === "string") {
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ content.charCodeAt(i), PRIME);
  } else {
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (content[i] ?? 0), PRIME);
  }
  return hash >>> 0;
}
