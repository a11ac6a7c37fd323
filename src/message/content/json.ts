/** JSON, written and read. */
import { maskURL } from "../../observe/mask.ts";
import { aKindOf } from "../../semantics/kind.ts";
import { makeJSONDecoder } from "./charset.ts";

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

/**
 * The value of JSON in UTF-8, UTF-16 or UTF-32.
 *
 * @throws {SyntaxError} if it is not JSON; the message has the URL and the status of the response
 */
export function parseJSON(
  content: Uint8Array,
  { url, status }: { readonly url: string; readonly status: number },
): unknown {
  const text = makeJSONDecoder(content).decode(content);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const where = url === "" ? "" : ` of ${maskURL(url)}`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`Cannot parse the body${where} as JSON (status ${status}): ${reason}`, {
      cause,
    });
  }
}
