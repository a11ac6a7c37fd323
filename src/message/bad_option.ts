/**
 * The refusal of an option, in the same words everywhere. Every option is known or refused: a misspelt `timeout` that is
 * passed over in silence is a call that never ends. The refusal says what there is, or, where an entry hands in who can
 * guess, what was probably meant.
 */

/** Which option can't be used, what is wrong with it, and what to give. */
export function badOption(name: string, why: string): TypeError {
  return new TypeError(`Cannot use option "${name}": ${why}`);
}

/** Who was given an option that it does not have. */
export interface Refusal {
  /** As the caller wrote it: `get()`, `new Client()`. */
  readonly callee: string;
  /** The options that it has. */
  readonly known: ReadonlySet<string>;
}

/** What is to be said of an option that is refused. */
export type RefusalReason = (name: string, refusal: Refusal) => string;

/** Set when the entry is loaded, before any option is looked at. */
let reasonFor: RefusalReason = listOptions;

/** Has refusals say what `better` makes of a name. */
export function useRefusalReasons(better: RefusalReason): void {
  reasonFor = better;
}

/** What can be said without guessing. */
export function listOptions(_: string, { known }: Refusal): string {
  return `there is none of that name; there are ${[...known].join(", ")}`;
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
    const reason = reasonFor(name, { callee, known });
    throw new TypeError(`Cannot use option ${JSON.stringify(name)} of ${callee}: ${reason}`);
  }
}
