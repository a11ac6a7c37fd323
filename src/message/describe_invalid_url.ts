/** What is wrong with a text that is not a URL, as far as its author can mend it. */
import { maskURL } from "../observe/mask.ts";

/** Whether it begins with a scheme, as far as its author can see: `example.org:x` does not. */
export function hasScheme(text: string): boolean {
  return /^ *(?:[a-z][a-z0-9+.-]*:\/|(?:https?|wss?|ftp):)/i.test(text);
}

/** In words that follow a colon; secrets are masked. */
export function describeInvalidURL(text: string): string {
  if (text.trim() === "") return "it is empty";
  if (/^\/(?!\/)/.test(text)) return "it is only a path; give a whole URL, or the client a baseURL";
  if (!hasScheme(text)) {
    return `it has no scheme; did you mean "https://${maskURL(text).replace(/^:?\/*/, "")}"?`;
  }
  const early = text.search(/(?<=\/\/[^]*)[/?#]/);
  if (early < text.lastIndexOf("@") && early > 0 && /:\/\/[^/?#@]*:/.test(text)) {
    return "in its user name and password, / ? # have to be written as %2F %3F %23";
  }
  const [, authority = ""] = /:[/\\]*([^/\\?#]*)/.exec(text) ?? [];
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
