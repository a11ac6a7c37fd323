/**
 * User names and passwords: as a URL carries them (RFC 3986 §3.2.1), and as the Basic scheme does (RFC 7617):
 * `user:password` as UTF-8 in base64.
 * Used towards servers (`Authorization`) and towards proxies (`Proxy-Authorization`).
 */
import { utf8ByteString } from "./latin1.ts";

/**
 * The whole field value, `Basic …`.
 *
 * @throws {TypeError} when the user name contains a colon: the peer would split it there
 */
export function basicCredentials(username: string, password: string): string {
  if (username.includes(":")) {
    throw new TypeError(
      "Cannot build basic credentials: the user name contains a colon",
    );
  }
  return `Basic ${btoa(utf8ByteString(`${username}:${password}`))}`;
}

/** User name and password, percent-decoded; `null` where the URL has neither. */
export function userinfoOf(
  { username, password }: Pick<URL, "username" | "password">,
): readonly [username: string, password: string] | null {
  if (username === "" && password === "") return null;
  return [percentDecoded(username), percentDecoded(password)];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not UTF-8: sent as it stands
  }
}
