/**
 * The netrc file, as ftp(1) and Python's `netrc` read it: words between blanks and line ends, `#` comments, quotes and
 * backslashes. `macdef` names a macro whose lines go on until an empty one; macros are passed over.
 * Words that have no place here are skipped, as curl does: other programs keep words of their own in the file.
 *
 * ```text
 * machine HOST | default   { login NAME | user NAME | password WORD | account WORD }
 * ```
 */
import { comparableHost } from "../semantics/host_name.ts";

/** What the file says about one machine. */
export interface NetRCEntry {
  readonly login: string;
  readonly password: string;
  readonly account: string;
}

type MutableEntry = { -readonly [Field in keyof NetRCEntry]: NetRCEntry[Field] };

/** Entries by host, in the form of `comparableHost()`; `default` for all others. */
export interface NetRC {
  readonly machines: ReadonlyMap<string, NetRCEntry>;
  readonly default: NetRCEntry | null;
}

/** What is wrong, and in which line; never what stands there. */
export class NetRCFault extends Error {
  /** From 1. */
  readonly line: number;

  /** A fault at a line. */
  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

/**
 * Reads a file's text. Of two entries for one machine the last counts, as in Python.
 *
 * @throws {NetRCFault} for a value that is missing, and for a quote without its end
 */
export function parseNetRC(text: string): NetRC {
  const words = new Words(text);
  const machines = new Map<string, NetRCEntry>();
  let others: NetRCEntry | null = null;
  let entry: MutableEntry | null = null;
  for (let word = words.keyword(); word !== null; word = words.keyword()) {
    switch (word) {
      case "machine":
        entry = { login: "", password: "", account: "" };
        machines.set(hostOf(words.value(word)), entry);
        break;
      case "default":
        others = entry = { login: "", password: "", account: "" };
        break;
      case "macdef":
        entry = null;
        words.value(word);
        words.skipMacro();
        break;
      case "login":
      case "user":
      case "password":
      case "account": {
        const value = words.value(word);
        if (entry !== null) entry[word === "user" ? "login" : word] = value;
        break;
      }
    }
  }
  return { machines, default: others };
}

/** What is not a host name matches none. */
function hostOf(written: string): string {
  return comparableHost(written) ?? written.toLowerCase();
}

/** A word in quotes, or bare; a backslash takes the next character as it is. */
const WORD = /"([^"\\]*(?:\\[^][^"\\]*)*)"|([^\s\\]*(?:\\[^][^\s\\]*)*)/y;
const GAP = /\s*/y;
const GAP_AND_COMMENTS = /(?:\s+|#[^\n]*)*/y;
const MACRO = /[^\n]*\n?(?:[ \t]*[^\s][^\n]*\n?)*/y;

/** The words of a file, in order, with the line each is in. */
class Words {
  readonly #text: string;
  #at = 0;
  /** Where the last word began. */
  line = 1;

  constructor(text: string) {
    this.#text = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  }

  /** The next word where one may be a comment; `null` at the end. */
  keyword(): string | null {
    this.#skip(GAP_AND_COMMENTS);
    return this.#word();
  }

  /** The word after a keyword. It may begin with `#`, as passwords do. */
  value(keyword: string): string {
    const { line } = this;
    this.#skip(GAP);
    const word = this.#word();
    if (word === null) throw new NetRCFault(line, `${keyword} has no value`);
    return word;
  }

  /** Goes to the empty line that ends a macro. */
  skipMacro(): void {
    this.#skip(MACRO);
  }

  #word(): string | null {
    if (this.#at >= this.#text.length) return null;
    this.line = this.#text.slice(0, this.#at).split("\n").length;
    const [whole = "", quoted, bare = ""] = this.#skip(WORD) ?? [];
    if (quoted === undefined && whole.startsWith('"')) {
      throw new NetRCFault(this.line, "a quote has no end");
    }
    if (whole === "") throw new NetRCFault(this.line, "a backslash stands at the end");
    return (quoted ?? bare).replace(/\\([^])/g, "$1");
  }

  #skip(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    this.#at = pattern.lastIndex;
    return match;
  }
}
