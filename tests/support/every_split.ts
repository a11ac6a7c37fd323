/** The same bytes cut in every way that matters: an incremental reader must not see the difference. */

/** Calls back with the bytes whole, byte by byte, and cut in two at every place. */
export function everySplit(bytes: Uint8Array, check: (chunks: Uint8Array[]) => void): void {
  check([bytes]);
  check(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)));
  for (let at = 1; at < bytes.length; at++) check([bytes.subarray(0, at), bytes.subarray(at)]);
}

/** Cuts the bytes at places that a seed decides. */
export function randomSplit(bytes: Uint8Array, random: (below: number) => number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random(random(4) === 0 ? 200 : 8);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
