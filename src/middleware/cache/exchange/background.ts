/**
 * Revalidation beside a stale response that was given out already (RFC 5861 §3): one at a time for each, not many at
 * once, ended with the cache, and no reason for the program to stay alive.
 */
import { runWaiting } from "../../../message/dual_flow.ts";
import type { Lookup } from "../plan.ts";
import { CachePolicy } from "../policy/policy.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import type { Errand, Hop } from "./context.ts";
import type { Flight, Passenger } from "./flights.ts";
import { recorded } from "./recording.ts";
import { depart, flightId, register } from "./sharing.ts";

/** Asks whether a stored response is still good, unless that is asked already, or too much else is. */
export function revalidateInBackground(hop: Hop, plan: Lookup, head: StoredHead): void {
  const { flights, revalidations, maxRevalidations } = hop.cache;
  const id = flightId(plan);
  if (flights.get(id) !== null || revalidations.size >= maxRevalidations) return;
  const policy = new CachePolicy();
  const errand: Errand = { ...hop, plan, policy, decision: policy.revalidate(head) };
  const flight = register(hop.cache, id);
  const passenger = flight.board();
  revalidations.add(flight);
  const own = depart(errand, flight, true);
  void store(own, flight, passenger)
    .catch(() => {}) // the next stale response tries again
    .finally(() => revalidations.delete(flight));
}

/** Reads what came, which stores it; what can't be stored is not read. */
async function store(errand: Errand, flight: Flight, passenger: Passenger): Promise<void> {
  const { maxEntryBytes } = errand.cache.shelf;
  const answer = await flight.answered;
  if (answer.kind === "shared") {
    const reader = passenger.takeReader(answer.body);
    let chunk = await reader.read();
    while (chunk !== null && reader.bytesReceived <= maxEntryBytes) chunk = await reader.read();
    return await reader.cancel();
  }
  const fetched = answer.kind === "single" ? flight.claim(answer) : null;
  passenger.leave(null);
  if (fetched === null) return;
  const response = await runWaiting(recorded(errand, fetched), { send: refuseToSend });
  if (fetched.head !== null) {
    for await (const _ of response.iterRaw()) {
      if (response.numBytesDownloaded > maxEntryBytes) break;
    }
  }
  await response.close();
}

function refuseToSend(): never {
  throw new Error("Cannot send a request to record a response");
}
