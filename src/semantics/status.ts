/** What a status code says by itself (RFC 9110 §15). The names of them all are in reason_phrases.ts. */

/** Whether a response of this status never has content (RFC 9110 §6.4.1). */
export function forbidsBody(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

/** The first digit of a status: its class. */
export function statusClass(status: number): number {
  return Math.floor(status / 100);
}

/** RFC 9110 §15.4: whether a response with a `Location` is a redirect; 300 and 304 name no place by themselves. */
export function isFollowed(status: number): boolean {
  return FOLLOWED.has(status);
}

const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
