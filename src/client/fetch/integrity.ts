/** Subresource Integrity (W3C): whether a body has one of the hashes that were asked for. */

/** Weakest first: of several kinds only the strongest counts (SRI §3.3.4). */
const ALGORITHMS = ["sha256", "sha384", "sha512"] as const;
type Algorithm = typeof ALGORITHMS[number];

interface ExpectedHash {
  readonly algorithm: Algorithm;
  readonly digest: string;
}

/** The hashes of the strongest kind; none if there is nothing to check. Unknown kinds are passed over, as in browsers. */
export function parseIntegrity(metadata: string): ExpectedHash[] {
  const hashes = metadata.split(/[\t\n\f\r ]+/).flatMap((item) => {
    const [, name = "", digest = ""] = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?.*)?$/i
      .exec(item) ?? [];
    const algorithm = ALGORITHMS.find((known) => known === name.toLowerCase());
    return algorithm === undefined ? [] : [{ algorithm, digest: normalized(digest) }];
  });
  const strongest = ALGORITHMS.findLast((known) =>
    hashes.some(({ algorithm }) => algorithm === known)
  );
  return hashes.filter(({ algorithm }) => algorithm === strongest);
}

/** Whether the bytes have one of the hashes. */
export async function hasIntegrity(
  bytes: Uint8Array<ArrayBuffer>,
  hashes: readonly ExpectedHash[],
): Promise<boolean> {
  const [first] = hashes;
  if (first === undefined) return true;
  const name = `SHA-${first.algorithm.slice(3)}`;
  const digest = new Uint8Array(await crypto.subtle.digest(name, bytes));
  const text = btoa(String.fromCharCode(...digest));
  return hashes.some((hash) => hash.digest === text);
}

/** Base64 of either alphabet, with its padding. */
function normalized(digest: string): string {
  const text = digest.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}
