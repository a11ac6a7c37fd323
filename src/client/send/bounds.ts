/**
 * The last resort of a call: a hook or an auth flow is its caller's own code, which no transport watches. Where it holds
 * the call up, the signal and the total end it from outside.
 */
import { ReadTimeout } from "../../errors.ts";
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import { timeoutOf } from "../../message/timeout.ts";
import { nameOfRequest } from "../../observe/mask.ts";
import { type Call, send } from "./send.ts";

/** The transport ends its part of a call by itself, and knows more about it. */
const GRACE_MS = 20;
/** Timers of every runtime count no further, and ring at once. */
const MAX_TIMER_MS = 0x7fff_ffff - GRACE_MS;

/** Sends as `send()` does, in a call that also ends with the request's signal and total, whatever it is waiting for. */
export function sendWithinBounds(request: Request, call: Call): Promise<Response> {
  const { hooks, rules } = call;
  const { signal, extensions } = request;
  const sending = send(request, call);
  if (rules.auth === null && hooks.request.length + hooks.response.length === 0) return sending;
  const { total } = timeoutOf(extensions.timeout);
  const totalMs = total !== null && total <= MAX_TIMER_MS ? total : null;
  return signal === null && totalMs === null ? sending : race(sending, { request, totalMs });
}

function race(
  sending: Promise<Response>,
  { request, totalMs }: { readonly request: Request; readonly totalMs: number | null },
): Promise<Response> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const timers: ReturnType<typeof setTimeout>[] = [];
    const cleanUp = () => {
      signal?.removeEventListener("abort", onAbort);
      for (const timer of timers.splice(0)) clearTimeout(timer);
    };
    const giveUp = (reason: unknown) => {
      cleanUp();
      reject(reason);
      sending.then((late) => late.close()).catch(() => {}); // nobody is told of it any more
    };
    const onAbort = () => void timers.push(setTimeout(() => giveUp(signal?.reason), GRACE_MS));
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    if (totalMs !== null) {
      const onLate = () => giveUp(tooLate(request, totalMs));
      timers.push(setTimeout(onLate, totalMs + GRACE_MS));
    }
    sending.then(resolve, reject).finally(cleanUp);
  });
}

function tooLate(request: Request, totalMs: number): ReadTimeout {
  return new ReadTimeout(
    `Timed out before ${nameOfRequest(request)} was over: the whole call took ${totalMs} ms ` +
      "(timeout.total), and a hook or an auth flow is still waiting",
    { request },
  );
}
