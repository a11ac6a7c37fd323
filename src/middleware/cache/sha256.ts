/**
 * SHA-256 (FIPS 180-4), for keys that must tell apart what only a hash of may be kept. The runtimes' own is either not
 * everywhere, or a promise, which a client that blocks can't wait for.
 */

/** §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const K = /* @__PURE__ */ fractions(64, (prime) => Math.cbrt(prime));
/** §5.3.3: the same of the square roots of the first eight. */
const INITIAL = /* @__PURE__ */ fractions(8, (prime) => Math.sqrt(prime));

function fractions(count: number, root: (prime: number) => number): Uint32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return Uint32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}

const encoder = new TextEncoder();

/** The hash of text in UTF-8, or of bytes, in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  const state = INITIAL.slice();
  const words = new Uint32Array(64);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  for (let at = 0; at < padded.length; at += 64) addBlock(state, words, { view, at });
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** §6.2.2 */
function addBlock(
  state: Uint32Array,
  w: Uint32Array,
  { view, at }: { readonly view: DataView; readonly at: number },
): void {
  for (let t = 0; t < 16; t++) w[t] = view.getUint32(at + 4 * t);
  const word = (t: number) => w[t] ?? 0;
  for (let t = 16; t < 64; t++) {
    const [x, y] = [word(t - 15), word(t - 2)];
    const s0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
    const s1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
    w[t] = word(t - 16) + s0 + word(t - 7) + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[t] ?? 0) + word(t)) | 0;
    const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => state[i] = (state[i] ?? 0) + value);
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
