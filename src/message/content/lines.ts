/**
 * Lines of a text that comes in chunks. A line ends at LF, CRLF or CR and nowhere else: the further separators that
 * Python splits at (U+2028, form feed …) may be part of JSON strings and events, which a split would corrupt.
 */

/** Splits text into lines, without their ends. */
export class LineSplitter {
  /** The line so far. Only appended to and never searched again, so that a line of many chunks costs its length once. */
  #line = "";
  #isAfterCR = false;

  /** The lines that end in this chunk. */
  push(text: string): string[] {
    if (text === "") return [];
    // The CR at the end of the last chunk ended its line; an LF here belongs to it.
    const rest = this.#isAfterCR && text.startsWith("\n") ? text.slice(1) : text;
    this.#isAfterCR = text.endsWith("\r");
    const lines = rest.includes("\r") ? rest.split(/\r\n|\r|\n/) : rest.split("\n");
    lines[0] = this.#line + lines[0];
    this.#line = lines.pop() ?? "";
    return lines;
  }

  /** The last line, if the text did not end with a line end. */
  flush(): string[] {
    const line = this.#line;
    this.#line = "";
    this.#isAfterCR = false;
    return line === "" ? [] : [line];
  }
}
