/** What is wrong with a text that is no URL, as far as its author can mend it. */
import { maskURL } from "../observe/mask.ts";

/** In words that follow a colon; secrets are masked. */
export function describeInvalidURL(text: string): string {
  if (text.trim() === "") return "it is empty";
  if (text.startsWith("//")) return `it has no scheme; did you mean "https:${maskURL(text)}"?`;
  if (text.startsWith("/")) return "it is only a path; give a whole URL, or the client a baseURL";
  const scheme = /^([a-z][a-z0-9+.-]*):(\/\/)?/i.exec(text);
  if (scheme === null || scheme[2] === undefined) {
    return `it has no scheme; did you mean "https://${maskURL(text)}"?`;
  }
  const early = text.search(/(?<=\/\/[^]*)[/?#]/);
  if (early < text.lastIndexOf("@") && early > 0 && /:\/\/[^/?#@]*:/.test(text)) {
    return "in its user name and password, / ? # have to be written as %2F %3F %23";
  }
  const [, authority = ""] = /\/\/([^/?#]*)/.exec(text) ?? [];
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (host === "") return "it has no host";
  if (/\s/.test(host)) return "there is a space in its host";
  if (/^\[[\da-f:.]+%/i.test(host)) {
    return "no URL can have the zone of an IPv6 address; give a name, and its address as the option resolve";
  }
  const [, port = null] = /^(?:\[[^\]]*\]|[^:[]*):(.*)$/.exec(host) ?? [];
  if (port !== null && /\D/.test(port)) return "its port is no number";
  if (Number(port) > 65_535) return "its port is above 65535";
  return "its host is malformed";
}
