/** What the writing processes of the tests write, and how to tell that it is whole. */
import type { StoredHead } from "@httpx/httpx/cache";
import { headWith } from "../policy/stored_heads.ts";

/** As many different URLs. */
export const KEYS = 20;

/** The head of a process's response of that number. */
export function headOf(name: string, number: number): StoredHead {
  return headWith("Cache-Control: max-age=60", {
    id: `${name}${number}`,
    key: `https://example.org/${number % KEYS}`,
    sizeBytes: 5000 + (number % 7) * 4000,
  });
}

/** A body that says whose it is. */
export function bodyOf(id: string, sizeBytes: number): Uint8Array {
  const text = `${id}.`.repeat(Math.ceil(sizeBytes / (id.length + 1)));
  return new TextEncoder().encode(text.slice(0, sizeBytes));
}
