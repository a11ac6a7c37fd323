/** `Sec-WebSocket-Extensions` (RFC 6455 §9.1): a comma list of names with parameters. */

/** One extension; a parameter without a value has `null`. */
export interface Extension {
  readonly name: string;
  readonly parameters: readonly (readonly [name: string, value: string | null])[];
}

/** A token (RFC 9110 §5.6.2), also used for the names of subprotocols. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** One parameter; a value may be quoted, and must be a token without the quotes. */
const PARAMETER =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:[ \t]*=[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)"))?$/;

/** Whether a text is a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The text of one extension. */
export function formatExtension({ name, parameters }: Extension): string {
  return [name, ...parameters.map(([key, value]) => value === null ? key : `${key}=${value}`)]
    .join("; ");
}

/** Parses the whole field, or `null` when it is malformed. Values are tokens, so no comma or semicolon is quoted. */
export function parseExtensions(text: string): Extension[] | null {
  const found: Extension[] = [];
  for (const element of text.split(",")) {
    const parts = element.split(";").map((part) => part.trim());
    const [name = ""] = parts;
    if (name === "" && parts.length === 1) continue; // empty elements of a list (RFC 9110 §5.6.1.2)
    if (!isToken(name)) return null;
    const parameters: [string, string | null][] = [];
    for (const part of parts.slice(1)) {
      const match = PARAMETER.exec(part);
      if (match === null) return null;
      parameters.push([match[1] ?? "", match[2] ?? match[3] ?? null]);
    }
    found.push({ name, parameters });
  }
  return found;
}
