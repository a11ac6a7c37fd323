/** The schemes that transports to servers speak. */
import { UnsupportedProtocol } from "../errors.ts";
import { addressOf, type Request } from "../message/request.ts";
import { maskURL } from "../observe/mask.ts";

/**
 * Makes sure that a request is for an HTTP server.
 *
 * @throws {UnsupportedProtocol} for any other scheme; the message says what was probably meant
 */
export function checkScheme(request: Request): void {
  const { scheme } = addressOf(request);
  if (scheme === "http" || scheme === "https") return;
  const url = maskURL(request.url);
  // `localhost:8000` is a valid URL: of the scheme "localhost".
  const advice = /^[a-z0-9.-]+:\d/i.test(url)
    ? `did you mean "http://${url}"?`
    : "only http and https are";
  throw new UnsupportedProtocol(
    `Cannot send to ${url}: scheme "${scheme}" is not spoken here; ${advice}`,
    { request },
  );
}
