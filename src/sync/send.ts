/**
 * Runs the client's loop (client/send/send.ts) for callers that block. All of it is in the caller's thread, and so are
 * the callbacks; one exchange of a transport may go to a worker.
 */
import type { CallHooks, ClientCall } from "../client/call.ts";
import { callFlow } from "../client/send/send.ts";
import { runBlocking } from "../message/dual_flow.ts";
import { lendBlobReader } from "../message/content/source/sync_source.ts";
import { addressOf, bodySourceOf, readSync, type Request } from "../message/request.ts";
import { readableAtOnce } from "../message/response/sync_body.ts";
import type { Target } from "../semantics/target.ts";
import type { SyncTransport } from "../transports/transport.ts";
import { blobPieces } from "./caller/blob_reader.ts";
import { checkReturned, type SyncHookLists } from "./hooks.ts";
import { type SyncResponse, syncView, viewOf } from "./sync_response.ts";

/**
 * Sends a request, and what authentication and redirects make of it, until there is a result.
 *
 * @throws {HTTPError} what the transport throws; it then knows its request
 * @throws {TooManyRedirects} after `maxRedirects`
 * @throws {StreamConsumed} if a redirect needs a body again that can be read once
 */
export function sendSync(
  request: Request,
  call: ClientCall,
  route: (target: Target) => SyncTransport,
): SyncResponse {
  const { hooks, rules, isStreamed } = call;
  const hints = {
    // A hook, or an auth flow, decides what is read of a body.
    isStreamed: isStreamed || hooks.response.length > 0 || rules.auth !== null,
    maxBytes: rules.bodyLimits.maxBytes,
  };
  lendBlobReader(bodySourceOf(request), blobPieces); // an auth flow may look at the body
  if (rules.auth?.requiresRequestBody) readSync(request);
  const response = runBlocking(callFlow(request, call), (sent) => {
    lendBlobReader(bodySourceOf(sent), blobPieces); // a hook or an auth flow may have made this one
    return readableAtOnce(route(addressOf(sent)).handleRequestSync(sent, hints));
  });
  // A view that no hook has seen need not be remembered, which costs (bench: get_1k_sync).
  return hooks.response.length > 0 ? syncView(response) : viewOf(response);
}

/** The caller's hooks as the loop calls them: none of them may be waited for, and responses are synchronous ones. */
export function blockingHooks({ request, response }: SyncHookLists): CallHooks {
  return {
    request: request.map((hook) => (sent) => checkReturned("request", hook(sent))),
    response: response.map((hook) => (received) =>
      checkReturned("response", hook(syncView(received)))
    ),
  };
}
