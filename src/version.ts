/** The version, as in deno.json; servers see it as `httpx-ts/…` (a test compares the two). */
export const VERSION = "0.1.0";
