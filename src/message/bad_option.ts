/** The refusal of an option, in the same words everywhere: which one, what is wrong with it, what to give. */
export function badOption(name: string, why: string): TypeError {
  return new TypeError(`Cannot use option "${name}": ${why}`);
}
