/**
 * Content with its secrets replaced: members of JSON and fields of forms whose names say that they carry a credential.
 * As with headers and URLs (`mask.ts`), names decide, never the looks of a value.
 */
import { MASK } from "./mask.ts";
import { isSecretName } from "./secret_names.ts";

/** Scrubs content of a media type; other content than JSON and forms is returned as it is. */
export function scrubContent(
  text: string,
  mediaType: string,
  isSecret: (name: string) => boolean = isSecretName,
): string {
  const [essence = ""] = mediaType.toLowerCase().split(";", 1);
  if (/[/+]json$/.test(essence.trim())) return scrubJSON(text, isSecret);
  if (essence.trim() === "application/x-www-form-urlencoded") return scrubForm(text, isSecret);
  return text;
}

/** The strings and numbers of secret members are replaced; the rest of the text stays to the byte. */
function scrubJSON(text: string, isSecret: (name: string) => boolean): string {
  return text.replace(MEMBER, (whole, name: string, gap: string) => {
    const isNamed = isSecret(unquoted(name));
    return isNamed ? `${name}${gap}${JSON.stringify(MASK)}` : whole;
  });
}

/** A member with a string or a number: a string is read in one pass, so that the time is linear. */
const MEMBER =
  /("(?:[^"\\]|\\.)*")(\s*:\s*)(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)|"(?:[^"\\]|\\.)*"/g;

function unquoted(name: string | undefined): string {
  if (name === undefined) return "";
  try {
    return JSON.parse(name);
  } catch {
    return name; // not JSON after all
  }
}

function scrubForm(text: string, isSecret: (name: string) => boolean): string {
  return text.split("&").map((pair) => {
    const [name = ""] = pair.split("=", 1);
    const decoded = new URLSearchParams(pair).keys().next().value ?? name;
    return isSecret(decoded) && pair !== name ? `${name}=${encodeURIComponent(MASK)}` : pair;
  }).join("&");
}
