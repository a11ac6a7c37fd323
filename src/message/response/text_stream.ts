/** The body of a response as text, lines and events: each comes whole however the chunks cut it. */
import { makeTextDecoder } from "../content/charset.ts";
import { EventStreamParser, type ServerSentEvent } from "../content/event_stream.ts";
import { LineSplitter } from "../content/lines.ts";

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

/** The lines of some text, without their ends. */
export async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string, void> {
  const lines = new LineSplitter();
  for await (const text of texts) yield* lines.push(text);
  yield* lines.flush();
}

/** The server-sent events of some bytes. */
export async function* eventsOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void> {
  const parser = new EventStreamParser();
  for await (const chunk of chunks) yield* parser.push(chunk);
}
