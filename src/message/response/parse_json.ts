/** JSON in whichever of its encodings, and errors that say whose it was. */
import { maskURL } from "../../observe/mask.ts";
import { makeJSONDecoder } from "../content/charset.ts";

/**
 * The value that JSON text in UTF-8, UTF-16 or UTF-32 stands for.
 *
 * @throws {SyntaxError} where it is no JSON
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
