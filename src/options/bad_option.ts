/**
 * The refusal of an option, in the same words everywhere. Every option is known or refused: a misspelt `timeout` that is
 * silently ignored is a call that never ends.
 */
import { guessOption } from "./option_guess.ts";

/** Which option can't be used, what is wrong with it, and what to give. */
export function badOption(name: string, why: string): TypeError {
  return new TypeError(`Cannot use option "${name}": ${why}`);
}

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
    if (known.has(name)) continue;
    const reason = guessOption(name, { callee, known });
    throw new TypeError(`Cannot use option ${JSON.stringify(name)} of ${callee}: ${reason}`);
  }
}
