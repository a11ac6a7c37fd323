/** What an `HTTPStatusError` says. */
import { maskURL } from "../../observe/mask.ts";
import { statusClass } from "../../semantics/status.ts";

/** As much of a response as the message tells. */
interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly hasRedirectLocation: boolean;
}

/** By the first digit of the status. A success is no error. */
const KINDS: Readonly<Record<number, string>> = {
  1: "Informational response",
  3: "Redirect response",
  4: "Client error",
  5: "Server error",
};

/** What httpx says: the class of the status, the URL, where a redirect leads, and where to read more. */
export function statusMessage(response: Answer): string {
  const { status, statusText } = response;
  const url = maskURL(response.url);
  const location = response.hasRedirectLocation ? response.headers.get("location") : null;
  const what = KINDS[statusClass(status)] ?? "Invalid status";
  const redirect = location === null ? "" : `\nRedirect location: "${maskURL(location)}"`;
  return `${what} "${`${status} ${statusText}`.trim()}" for url "${url}"${redirect}\n` +
    `For more information check: https://developer.mozilla.org/docs/Web/HTTP/Status/${status}`;
}
