/** What a status code says by itself (RFC 9110 §15). The names of them all are in reason_phrases.ts. */

/** Whether a response of this status never has content (RFC 9110 §6.4.1). */
export function forbidsBody(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

/** The first digit of a status: its class. */
export function statusClass(status: number): number {
  return Math.floor(status / 100);
}
