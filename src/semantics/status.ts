/** What a status code says by itself (RFC 9110 §15). The names of them all are in reason_phrases.ts. */

/** Set when the entry is loaded, before any response is made. HTTP/2 sends none, and the web has none of its own. */
let phraseOf: (status: number) => string = () => "";

/** Has `find` give the reason phrases that servers leave out. */
export function useReasonPhrases(find: (status: number) => string): void {
  phraseOf = find;
}

/** The usual reason phrase of a status, or `""` where none is known. */
export function usualPhrase(status: number): string {
  return phraseOf(status);
}

/** Whether a response of this status never has content (RFC 9110 §6.4.1). */
export function forbidsBody(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

/** The first digit of a status: its class. */
export function statusClass(status: number): number {
  return Math.floor(status / 100);
}
