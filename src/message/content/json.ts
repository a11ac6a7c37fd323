/** JSON as it is sent. */
import { aKindOf } from "../../semantics/kind.ts";

/**
 * The text of a value.
 *
 * @throws {TypeError} for what JSON cannot write: functions, circles, and numbers that are not finite, nested ones too
 */
export function encodeJSON(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) {
    throw new TypeError(`Cannot encode json: ${aKindOf(value)} has no JSON form`);
  }
  // JSON.stringify writes NaN and Infinity as null. Only a text with a null in it is worth a second, slower look.
  if (text.includes("null")) stringify(value, refuseNonFinite);
  return text;
}

function stringify(
  value: unknown,
  replacer?: (key: string, value: unknown) => unknown,
): string | undefined {
  try {
    return JSON.stringify(value, replacer);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // of a toJSON() of the caller's
    const [reason] = error.message.split("\n");
    throw new TypeError(`Cannot encode json: ${reason}`, { cause: error });
  }
}

function refuseNonFinite(key: string, value: unknown): unknown {
  const isNumber = typeof value === "number" || value instanceof Number;
  if (isNumber && !Number.isFinite(Number(value))) {
    throw new TypeError(`${key === "" ? "it" : `"${key}"`} is ${value}, which JSON cannot write`);
  }
  return value;
}
