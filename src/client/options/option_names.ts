/**
 * Every option is known or refused: a misspelt `timeout` that is passed over in silence is a call that never ends. The
 * refusal says what was probably meant.
 */

/** Says which of the known options was probably meant. */
export type OptionGuess = (name: string, known: ReadonlySet<string>) => readonly string[];

/** Set when the entry is loaded, before any option is looked at. */
let guess: OptionGuess = () => [];

/** Has refusals say what `better` makes of a name. Without it they list the names there are. */
export function useOptionGuess(better: OptionGuess): void {
  guess = better;
}

/** Options of a client that no call has. */
const OF_CLIENTS = [
  "baseURL",
  "cert",
  "defaultEncoding",
  "eventHooks",
  "http1",
  "http2",
  "limits",
  "maxRedirects",
  "maxResponseBytes",
  "mounts",
  "transport",
  "trustEnv",
  "verify",
];

/** Planned, so that the refusal need not guess. */
const NOT_YET = ["proxy", "logger"];

/**
 * Refuses options that the callee does not have.
 *
 * @param callee as the caller wrote it: `get()`, `new Client()`
 * @throws {TypeError} naming the option, and what was probably meant
 */
export function checkOptionNames(
  callee: string,
  { options, known }: { readonly options: object; readonly known: ReadonlySet<string> },
): void {
  for (const name in options) {
    if (!known.has(name)) throw unknownOption(callee, { name, known });
  }
}

function unknownOption(
  callee: string,
  { name, known }: { readonly name: string; readonly known: ReadonlySet<string> },
): TypeError {
  const what = `Cannot use option ${JSON.stringify(name)} of ${callee}`;
  if (NOT_YET.includes(name)) return new TypeError(`${what}: it is not supported yet`);
  if (OF_CLIENTS.includes(name) && !callee.startsWith("new ")) {
    return new TypeError(`${what}: it belongs to the client; give it to new Client()`);
  }
  const meant = guess(name, known);
  if (meant.length > 0) {
    const names = meant.map((option) => `"${option}"`).join(" or ");
    return new TypeError(`${what}: there is none of that name; use ${names}`);
  }
  return new TypeError(
    `${what}: there is none of that name; there are ${[...known].join(", ")}`,
  );
}
