/** What an `HTTPStatusError` says. */
import { maskURL } from "../../observe/mask.ts";

/** As much of a response as the message tells. */
interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly hasRedirectLocation: boolean;
  readonly isInformational: boolean;
  readonly isRedirect: boolean;
  readonly isClientError: boolean;
  readonly isServerError: boolean;
}

/** What httpx says: the class of the status, the URL, where a redirect leads, and where to read more. */
export function statusMessage(response: Answer): string {
  const { status, statusText } = response;
  const url = maskURL(response.url);
  const location = response.hasRedirectLocation ? response.headers.get("location") : null;
  const what = response.isInformational
    ? "Informational response"
    : response.isRedirect
    ? "Redirect response"
    : response.isClientError
    ? "Client error"
    : response.isServerError
    ? "Server error"
    : "Invalid status";
  const redirect = location === null ? "" : `\nRedirect location: "${maskURL(location)}"`;
  return `${what} "${`${status} ${statusText}`.trim()}" for url "${url}"${redirect}\n` +
    `For more information check: https://developer.mozilla.org/docs/Web/HTTP/Status/${status}`;
}
