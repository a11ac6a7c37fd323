/** Checks of the values that options of several parts take, with one wording for each kind. */
import { badOption } from "./bad_option.ts";

/**
 * Refuses names that an option made of several values does not have, and what is not a record at all.
 *
 * @throws {TypeError} naming the option
 */
export function checkNames(option: string, given: object, known: readonly string[]): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw badOption(option, `give an object with ${known.join(", ")}`);
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    throw badOption(`${option}.${name}`, `it is unknown; there are ${known.join(", ")}`);
  }
}

/**
 * A count: a whole number, 0 or more; `Infinity` is one.
 *
 * @throws {TypeError} for anything else, below `least` too
 */
export function checkCount(option: string, value: unknown, least = 0): number {
  if (Number(value) >= least && (Number.isInteger(value) || value === Infinity)) {
    return Number(value) || 0; // of -0 too
  }
  throw badOption(option, `give a whole number, ${least} or more`);
}

/**
 * A time in milliseconds, 0 or more; `Infinity` is one.
 *
 * @throws {TypeError} for anything else
 */
export function checkMs(option: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value || 0; // of -0 too
  throw badOption(option, "give milliseconds, 0 or more");
}

/**
 * A function, or `null` if none is given.
 *
 * @throws {TypeError} for anything else
 */
export function checkFunction<F>(option: string, value: F | undefined): F | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "function") return value;
  throw badOption(option, "give a function");
}
