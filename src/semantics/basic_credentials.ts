/**
 * The credentials of the Basic scheme, RFC 7617: `user:password` as UTF-8 in base64.
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
      "Cannot build basic credentials: the user name contains a colon, where the password would begin",
    );
  }
  return `Basic ${btoa(utf8ByteString(`${username}:${password}`))}`;
}
