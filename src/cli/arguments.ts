/**
 * What was typed, taken apart: options with their values as they stand, and a URL. It knows the names of options and how
 * many values each takes; what the values mean is for settings.ts.
 */
import { type Option, type OptionName, OPTIONS } from "./option_list.ts";

/** A command that can't be carried out as it was typed. */
export class UsageError extends Error {}

/** A command in parts. */
export interface Arguments {
  /** `null` where none was given. */
  readonly url: string | null;
  /** The values of each option, once for each time it was given. */
  readonly given: ReadonlyMap<OptionName, readonly (readonly string[])[]>;
}

/** An option as it was written, and the value that was written into the same word. */
interface Written {
  readonly option: Option;
  readonly flag: string;
  readonly attached: string | null;
}

const BY_LONG: ReadonlyMap<string, Option> = new Map(OPTIONS.map((o) => [`--${o.name}`, o]));
const BY_SHORT: ReadonlyMap<string, Option> = new Map(
  OPTIONS.flatMap((o) => o.short === undefined ? [] : [[`-${o.short}`, o]]),
);

/** What other clients call things. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  "-H": "--headers",
  "-I": "--method HEAD",
  "-L": "--follow-redirects",
  "-O": "--download",
  "-X": "--method",
  "-k": "--no-verify",
  "-o": "--download",
  "-u": "--auth",
  "-x": "--proxy",
  "--body": "--content",
  "--cacert": "--verify",
  "--form": "--files",
  "--insecure": "--no-verify",
  "--location": "--follow-redirects",
  "--max-time": "--timeout",
  "--output": "--download",
  "--query": "--params",
  "--request": "--method",
  "--user": "--auth",
};

/**
 * Takes a command apart.
 *
 * @throws {UsageError} for an option that there is not, one without its values, and a second URL
 */
export function parseArguments(args: readonly string[]): Arguments {
  const given = new Map<OptionName, string[][]>();
  let url: string | null = null;
  let hasOptions = true;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (hasOptions && word === "--") {
      hasOptions = false;
    } else if (hasOptions && word.startsWith("-") && word !== "-") {
      for (const written of readWord(word)) {
        const { values, used } = valuesFor(written, args.slice(i + 1));
        i += used;
        const { name } = written.option;
        given.set(name, [...given.get(name) ?? [], values]);
      }
    } else {
      if (url !== null) throw new UsageError(secondURL(url, word));
      url = word;
    }
  }
  return { url, given };
}

function secondURL(first: string, second: string): string {
  return `Cannot send to ${quoted(second)} as well as to ${quoted(first)}: give one URL; ` +
    "a value with spaces goes into quotes";
}

/** One long option, or a row of short ones of which the last may take a value. */
function readWord(word: string): Written[] {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    const flag = equals < 0 ? word : word.slice(0, equals);
    const option = BY_LONG.get(flag);
    if (option === undefined) throw unknown(flag);
    return [{ option, flag, attached: equals < 0 ? null : word.slice(equals + 1) }];
  }
  const row: Written[] = [];
  for (let i = 1; i < word.length; i++) {
    const flag = `-${word[i]}`;
    const option = BY_SHORT.get(flag);
    if (option === undefined) throw unknown(flag, word);
    const rest = word.slice(i + 1);
    const takesRest = option.values.length > 0 && rest !== "";
    row.push({ option, flag, attached: takesRest ? rest : null });
    if (takesRest) break;
  }
  return row;
}

function valuesFor(
  { option, flag, attached }: Written,
  following: readonly string[],
): { values: string[]; used: number } {
  const wanted = option.values.length;
  if (wanted === 0) {
    if (attached === null) return { values: [], used: 0 };
    throw new UsageError(`Cannot use ${flag}=${attached}: ${flag} takes no value`);
  }
  const used = attached === null ? wanted : wanted - 1;
  const values = [...attached === null ? [] : [attached], ...following.slice(0, used)];
  if (values.length === wanted) return { values, used };
  const missing = option.values.slice(values.length);
  if (flag === "-h" && values.length === 0) {
    throw new UsageError(
      "Cannot use -h: it is for headers and needs NAME and VALUE; " +
        "httpx --help shows the help",
    );
  }
  throw new UsageError(
    `Cannot use ${flag}: it needs ${option.values.join(" and ")}, and ${
      missing.length < wanted ? `${missing.join(" and ")} is missing` : "nothing follows it"
    }`,
  );
}

function unknown(flag: string, word = flag): UsageError {
  const meant = OTHER_NAMES[flag] ?? nearestOption(word) ?? nearestOption(flag);
  const where = word === flag ? flag : `${flag} in ${word}`;
  return new UsageError(
    `Unknown option ${where}: ${
      meant === null ? "httpx --help lists those that there are" : `did you mean ${meant}?`
    }`,
  );
}

/** The option that is fewest slips of the keyboard away, if they are few. */
export function nearestOption(flag: string): string | null {
  const letters = flag.replace(/^-+/, "").toLowerCase();
  if (letters.length < 2) return BY_SHORT.has(`-${letters}`) ? `-${letters}` : null;
  const begun = OPTIONS.filter(({ name }) => name.startsWith(letters) || name.endsWith(letters));
  if (begun.length === 1 && begun[0] !== undefined) return `--${begun[0].name}`;
  let nearest: { name: string; slips: number } | null = null;
  for (const { name } of OPTIONS) {
    const slips = slipsBetween(letters, name);
    if (nearest === null || slips < nearest.slips) nearest = { name, slips };
  }
  if (nearest === null || nearest.slips > Math.max(1, Math.floor(letters.length / 3))) return null;
  return `--${nearest.name}`;
}

/** Letters left out, put in, changed, or swapped with their neighbour (Damerau–Levenshtein, restricted). */
function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let slips = Math.min(changed, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) slips = Math.min(slips, (beforeLast[j - 2] ?? 0) + 1);
      row.push(slips);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** A word as it may stand in a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
