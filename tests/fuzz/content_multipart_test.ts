import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { fieldPart, fileParts, MultipartSource } from "../../src/message/content/multipart.ts";
import { assertSameBytes, bytesFrom, randomSplit, textOf } from "../message/content/chunks.ts";
import { seededFraction } from "../support/random.ts";

const BOUNDARY = "b0undary";
const random = seededFraction(4);

/** Content that looks like the frame around it. */
function trickyBytes(): Uint8Array {
  const words = [
    "\r\n",
    "--",
    BOUNDARY.slice(0, -1),
    "\r",
    "\n",
    "\0",
    'name="x"',
    "é",
    "x".repeat(random() * 3000),
  ];
  const count = random() ** 3 * 60;
  let text = "";
  for (let i = 0; i < count; i++) text += words[Math.floor(random() * words.length)];
  return new TextEncoder().encode(text);
}

/** The same bytes as each kind of thing that a file can be. */
function kinds(
  bytes: Uint8Array,
): (string | Uint8Array | Blob | ReadableStream<Uint8Array> | Uint8Array[])[] {
  const chunks = [...randomSplit(bytes, random, 2000)];
  const stream = new ReadableStream<Uint8Array>({
    start(controller): void {
      chunks.forEach((chunk) => controller.enqueue(chunk));
      controller.close();
    },
  });
  return [textOf(bytes), bytes, new Blob(chunks as BlobPart[]), stream, chunks];
}

describe("multipart forms", () => {
  it("come out of the platform's parser as they went in", async () => {
    for (let round = 0; round < 60; round++) {
      const contents = Array.from({ length: Math.floor(random() * 6) }, trickyBytes);
      const fields = contents.filter((_, i) => i % 3 === 0).map((bytes, i) =>
        [`field ${i}`, textOf(bytes)] as const
      );
      const files = contents.map((bytes, i) => {
        const all = kinds(bytes);
        return [`é${i % 2}`, [
          `file ${i}`,
          all[Math.floor(random() * all.length)] ?? bytes,
        ]] as const;
      });
      const parts = [...fields.map(([name, value]) => fieldPart(name, value)), ...fileParts(files)];
      if (parts.length === 0) continue;
      const source = new MultipartSource(parts, BOUNDARY);
      const body = await bytesFrom(source);
      if (source.sizeBytes !== null) assertEquals(body.length, source.sizeBytes);

      const headers = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };
      const form = await new Response(body as BodyInit, { headers }).formData();
      for (const [name, value] of fields) assertEquals(form.get(name), value);
      const back = [...form.values()].filter((value) => value instanceof File);
      assertEquals(back.map((file) => file.name), files.map(([, [filename]]) => filename));
      for (const [i, file] of back.entries()) {
        assertSameBytes(
          new Uint8Array(await file.arrayBuffer()),
          contents[i] ?? new Uint8Array(0),
          `round ${round}`,
        );
      }
    }
  });
});
