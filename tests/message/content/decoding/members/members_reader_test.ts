import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Input } from "../../../../../src/message/content/decoding/byte_reader.ts";
import {
  MAX_STRAY_BYTES,
  type Member,
  MembersReader,
} from "../../../../../src/message/content/decoding/members/members_reader.ts";
import { readerOf, textOf, utf8 } from "../../chunks.ts";

/** Members of one chunk each, as long as they are letters. */
function letters(input: Input): (isFirst: boolean) => Promise<Member | Uint8Array | null> {
  return async () => {
    const chunk = await input.read();
    if (chunk === null) return null;
    if (/^[a-z]*$/.test(textOf(chunk.subarray(0, 1)))) return chunk;
    input.unread(chunk);
    return null;
  };
}

async function read(chunks: readonly Uint8Array[]): Promise<string> {
  const input = new Input(readerOf(chunks));
  const reader = new MembersReader(input, letters(input));
  let text = "";
  for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
    text += textOf(chunk);
  }
  assertEquals(await reader.read(), null);
  return text;
}

describe("MembersReader", () => {
  it("reads members until there is none, and ignores what follows", async () => {
    assertEquals(await read([]), "");
    assertEquals(await read([utf8("a"), utf8("b"), utf8("?"), utf8("c")]), "ab");
  });

  it("ignores MAX_STRAY_BYTES and refuses one more", async () => {
    const stray = new Uint8Array(MAX_STRAY_BYTES);
    assertEquals(await read([utf8("a"), stray]), "a");
    const message = `more than ${MAX_STRAY_BYTES} bytes follow its end`;
    await assertRejects(() => read([utf8("a"), stray, utf8("?")]), Error, message);
  });

  it("closes the member that is being read, and each after its end", async () => {
    const events: string[] = [];
    const input = new Input(readerOf([utf8("x")]));
    let members = 0;
    const reader = new MembersReader(input, () => {
      if (members++ === 2) return null;
      const name = `member ${members}`;
      const pieces = [utf8("piece")];
      return {
        reader: {
          read: () => Promise.resolve(pieces.pop() ?? null),
          close: () => void events.push(`${name} closed`),
        },
        onData: (bytes) => void events.push(`${name} ${textOf(bytes)}`),
        onEnd: () => Promise.resolve(void events.push(`${name} ended`)),
      };
    });
    await reader.read();
    await reader.read();
    reader.close();
    assertEquals(events, [
      ...["member 1 piece", "member 1 closed", "member 1 ended"],
      ...["member 2 piece", "member 2 closed"],
    ]);
    assertEquals(await reader.read(), null);
  });
});
