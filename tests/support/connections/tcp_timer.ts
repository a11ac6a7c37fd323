/** Which timer Linux runs for a TCP connection. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Whether this system tells. */
export const TELLS_TCP_TIMERS = existsSync("/proc/net/tcp");

/**
 * The timer of the connection between two ports of 127.0.0.1 once all that was sent is acknowledged: 0 none, 2 the one
 * for probing a silent peer.
 */
export async function restingTimerOf(from: number, to: number): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) { // the system may leave a line out while others change
    const timer = await timerOf(from, to);
    if (timer !== undefined && timer !== SENDING_AGAIN) return timer;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`no connection from port ${from} to port ${to} comes to rest`);
}

const SENDING_AGAIN = 1;

/** Both ports tell which connection it is: one that has ended may have the same port here for a minute. */
async function timerOf(from: number, to: number): Promise<number | undefined> {
  const ends = [from, to].map((port) => `0100007F:${hex(port)}`);
  const ESTABLISHED = "01";
  const found = (await readFile("/proc/net/tcp", "utf8"))
    .split(` ${ends.join(" ")} ${ESTABLISHED} `)[1]; // then "queues timer:when …"
  return found === undefined ? undefined : Number(found.trim().split(" ")[1]?.slice(0, 2));
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}
