/**
 * Failures of `fetch`: a `TypeError` whose `cause` is this library's error. Its message has the words by which libraries
 * tell a failure of the network from a mistake in the program (is-network-error, and with it ky and p-retry; axios).
 */
import { HTTPError, InvalidURL, StreamError, UnsupportedProtocol } from "../../errors.ts";
import { maskURL } from "../../observe/mask.ts";

/** The error that `fetch`, or the reading of its body, rejects with. What is not ours stays what it is. */
export function networkError(error: unknown, url: string): unknown {
  if (error instanceof InvalidURL || isWithoutScheme(error)) {
    return new TypeError(error.message, { cause: error });
  }
  if (!(error instanceof HTTPError) && !(error instanceof StreamError)) return error;
  const message = `error sending request for url (${maskURL(url)}): fetch failed: ${error.message}`;
  return new TypeError(message, { cause: error });
}

/** The web's `fetch` refuses such a URL before there is a request. */
function isWithoutScheme(error: unknown): error is UnsupportedProtocol {
  return error instanceof UnsupportedProtocol && error.request === undefined;
}
