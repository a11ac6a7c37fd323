/** Whether a connection may carry another exchange, and for how long it is kept (RFC 9112 §9.3). */
import { splitList } from "../../semantics/fields.ts";

/** RFC 9112 §9.3: `close` wins; HTTP/1.0 closes unless it says otherwise. */
export function mayPersist(version: "HTTP/1.1" | "HTTP/1.0", connection: string | null): boolean {
  if (hasOption(connection, "close")) return false;
  return version === "HTTP/1.1" || hasOption(connection, "keep-alive");
}

/** Whether a `Connection` field has the option (RFC 9110 §7.6.1). Nearly all of them have one alone. */
export function hasOption(connection: string | null, lowerOption: string): boolean {
  if (connection === null) return false;
  if (connection === "keep-alive") return lowerOption === "keep-alive";
  return splitList(connection.toLowerCase()).includes(lowerOption);
}

/** `Keep-Alive: timeout=5, max=100`: a hint that never had an RFC of its own (RFC 2068 §19.7.1). */
export function idleMsOf(keepAlive: string | null): number {
  const seconds = keepAlive === null ? null : /(?:^|[ ,])timeout=(\d{1,6})/i.exec(keepAlive);
  return seconds === null ? Infinity : Number(seconds[1]) * 1000;
}
