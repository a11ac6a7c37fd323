import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { decodeLatin1 } from "../../src/semantics/latin1.ts";

const every = Uint8Array.from({ length: 256 }, (_, i) => i);
const text = Array.from(every, (byte) => String.fromCharCode(byte)).join("");

/** The module as it loads where there is no `Buffer`. */
async function withoutBuffer<T>(use: (decode: typeof decodeLatin1) => T): Promise<T> {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "Buffer");
  Object.defineProperty(globalThis, "Buffer", { value: undefined, configurable: true });
  try {
    const module = await import("../../src/semantics/latin1.ts?without_buffer");
    return use(module.decodeLatin1);
  } finally {
    if (descriptor === undefined) Reflect.deleteProperty(globalThis, "Buffer");
    else Object.defineProperty(globalThis, "Buffer", descriptor);
  }
}

describe("decodeLatin1()", () => {
  it("makes each byte the character of that number, 0x80 to 0x9F too", () => {
    assertEquals(decodeLatin1(every, 0, 256), text);
  });

  it("reads from start to end, of views as well", () => {
    assertEquals(decodeLatin1(every, 65, 68), "ABC");
    assertEquals(decodeLatin1(every.subarray(65), 1, 3), "BC");
    assertEquals(decodeLatin1(every, 65, 65), "");
  });

  it("does the same where there is no Buffer, for any length", async () => {
    const long = new Uint8Array(10_000).fill(0xe9);
    const made = await withoutBuffer((decode) => {
      return [decode(every, 0, 256), decode(every, 65, 68), decode(long, 0, long.length)];
    });
    assertEquals(made, [text, "ABC", "\xe9".repeat(10_000)]);
  });
});
