/** RFC 7541 §5.1: integers that begin inside a byte. */
import type { ByteWriter } from "../../../lists/byte_writer.ts";

/** No length or index of a field block is near this; what is, is an attack or damage. */
export const MAX_INTEGER = 2 ** 28;

/** Appends `value` with a prefix of `prefixBits`; `flags` are the bits before it. */
export function writeInteger(
  out: ByteWriter,
  value: number,
  { prefixBits, flags }: { prefixBits: number; flags: number },
): void {
  const full = (1 << prefixBits) - 1;
  if (value < full) return out.appendByte(flags | value);
  out.appendByte(flags | full);
  let rest = value - full;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.appendByte(rest % 128 | 128);
  out.appendByte(rest);
}
