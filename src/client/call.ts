/** One call of a client: its deadline, and what its transports and middleware are told of it. */
import type { Call } from "../clock/call.ts";
import { CallDeadline } from "../clock/call_deadline.ts";
import type { Request } from "../message/request.ts";
import { timeoutOf } from "../message/timeout.ts";

/** Begins a call: from now on its total timeout and its signal count. */
export function beginCall(request: Request, isStreamed: boolean): Call {
  const { total: totalMs } = timeoutOf(request.extensions.timeout);
  const { signal } = request;
  return { isStreamed, deadline: new CallDeadline({ totalMs, signal, request }) };
}
