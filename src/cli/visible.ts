/**
 * Text of a server as it may be shown on a terminal. Control characters could move the cursor, retitle the window or
 * answer in the user's name, and those of bidirectional text could show one address as another: all are written as
 * escapes (`\u001b`), which JSON reads as the same characters.
 */

/** Cc: C0, DEL and C1. */
const HARMFUL = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Controls that texts have: tabs, line and page ends, and the ESC of colours in a log. */
const TEXT_CONTROLS = "\t\n\v\f\r\x1b";

/** Text of several lines: line ends and tabs stay. */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(
    HARMFUL,
    (char) => char === "\n" || char === "\t" ? char : escaped(char),
  );
}

/** Text of one line: a header, an error message. */
export function visibleLine(text: string): string {
  return text.replace(HARMFUL, (char) => char === "\t" ? char : escaped(char));
}

/** Whether text has what no text has: then it is binary, whatever it was called. */
export function looksBinary(text: string): boolean {
  for (const [char] of text.matchAll(/[\p{Cc}\ufffd]/gu)) {
    if (char < " " ? !TEXT_CONTROLS.includes(char) : char === "\ufffd") return true;
  }
  return false;
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Text that comes in pieces: a CR at the end of one may belong to the LF of the next. */
export class VisibleStream {
  #held = "";

  /** What can be shown now. */
  push(piece: string): string {
    const text = this.#held + piece;
    const isHeld = text.endsWith("\r");
    this.#held = isHeld ? "\r" : "";
    return visible(isHeld ? text.slice(0, -1) : text);
  }

  /** What is left. */
  end(): string {
    return visible(this.#held);
  }
}
