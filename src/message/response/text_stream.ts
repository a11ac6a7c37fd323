/** The body of a response as text: characters come whole however the chunks cut them. */
import { makeTextDecoder } from "../content/charset.ts";

/** How a body becomes text. */
export interface TextOptions {
  /** A label that the runtime knows. */
  readonly encoding: string;
  /** UTF-16 units in each chunk but the last; `undefined` for as they come. */
  readonly size: number | undefined;
}

/** The text of some bytes, chunk by chunk, without empty ones. */
export async function* textOf(
  chunks: AsyncIterable<Uint8Array>,
  { encoding, size }: TextOptions,
): AsyncGenerator<string, void> {
  if (size !== undefined && !(size >= 1)) {
    throw new RangeError(`Cannot iterate in pieces of ${size} characters: give 1 or more`);
  }
  const decoder = makeTextDecoder(encoding);
  let text = "";
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (size === undefined) {
      if (text !== "") yield text;
      text = "";
      continue;
    }
    let at = 0;
    for (; text.length - at >= size; at += size) yield text.slice(at, at + size);
    text = text.slice(at);
  }
  text += decoder.decode();
  if (text !== "") yield text;
}
