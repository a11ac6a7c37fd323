/** A line that is typed, such as a password: nothing of it is shown, and the terminal is left as it was. */
import type { Program } from "./program.ts";

/** How it ended: with a line, with the end of the input, or interrupted. */
export type SecretLine =
  | { readonly kind: "entered"; readonly text: string }
  | { readonly kind: "ended" }
  | { readonly kind: "stopped"; readonly exitCode: number };

const CTRL_C = 3;
const CTRL_D = 4;
const BACKSPACE = 8;
const LF = 10;
const CR = 13;
const CTRL_U = 21;
const ESCAPE = 27;
const DELETE = 127;

/** Far above any password: an endless input ends here. */
const MAX_BYTES = 65_536;

/**
 * Asks for a line. From a terminal it is read key by key, unseen, after the prompt; from anything else it is the first
 * line that comes, and no prompt is shown.
 */
export async function readSecret(program: Program, prompt: string): Promise<SecretLine> {
  const { stdin, stderr } = program;
  if (!stdin.isTerminal) return await readFirstLine(program);
  await stderr.write(new TextEncoder().encode(prompt));
  stdin.setRaw(true);
  let stopped = (_line: SecretLine) => {};
  const whenStopped = new Promise<SecretLine>((resolve) => stopped = resolve);
  const forget = program.onStop((exitCode) => stopped({ kind: "stopped", exitCode }));
  try {
    return await Promise.race([readKeys(program), whenStopped]);
  } finally {
    forget();
    stdin.setRaw(false);
    await stderr.write(new TextEncoder().encode("\n")); // what Enter would have shown
  }
}

async function readKeys({ stdin }: Program): Promise<SecretLine> {
  const line = new KeyLine();
  while (true) {
    const bytes = await stdin.read();
    if (bytes === null) return { kind: "ended" };
    for (const byte of bytes) {
      const end = line.push(byte);
      if (end !== null) return end;
    }
  }
}

async function readFirstLine({ stdin }: Program): Promise<SecretLine> {
  const bytes: number[] = [];
  while (bytes.length < MAX_BYTES) {
    const chunk = await stdin.read();
    if (chunk === null && bytes.length === 0) return { kind: "ended" };
    if (chunk === null) break;
    const end = chunk.indexOf(LF);
    bytes.push(...(end < 0 ? chunk : chunk.subarray(0, end)));
    if (end >= 0) break;
  }
  if (bytes.at(-1) === CR) bytes.pop();
  return { kind: "entered", text: textOf(bytes) };
}

/** What keys have made of a line so far. */
export class KeyLine {
  readonly #bytes: number[] = [];
  /** How far an escape sequence (an arrow key, say) has come; it is passed over. */
  #escape: "none" | "begun" | "open" = "none";

  /** Takes one byte; the line's end, or `null` where it goes on. */
  push(byte: number): SecretLine | null {
    if (this.#escape !== "none") return this.#passOver(byte);
    switch (byte) {
      case CR:
      case LF:
        return { kind: "entered", text: textOf(this.#bytes) };
      case CTRL_C:
        return { kind: "stopped", exitCode: 130 };
      case CTRL_D:
        return this.#bytes.length === 0 ? { kind: "ended" } : null;
      case BACKSPACE:
      case DELETE:
        this.#removeLast();
        return null;
      case CTRL_U:
        this.#bytes.length = 0;
        return null;
      case ESCAPE:
        this.#escape = "begun";
        return null;
      default:
        if (byte >= 32 && this.#bytes.length < MAX_BYTES) this.#bytes.push(byte);
        return null;
    }
  }

  /** ECMA-48 §5.4: ESC, then "[" or "O", then all up to a letter or "~". */
  #passOver(byte: number): null {
    if (this.#escape === "begun") {
      this.#escape = byte === 0x5b || byte === 0x4f ? "open" : "none";
    } else if (byte >= 0x40 && byte <= 0x7e) {
      this.#escape = "none";
    }
    return null;
  }

  /** A character of UTF-8 goes as a whole. */
  #removeLast(): void {
    let byte = this.#bytes.pop();
    while (byte !== undefined && (byte & 0xc0) === 0x80) byte = this.#bytes.pop();
  }
}

function textOf(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
