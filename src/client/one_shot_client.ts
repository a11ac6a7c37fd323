/** One call with a client of its own, which is gone when the call is over. */
import { bodyOf, type Response } from "../message/response/response.ts";
import type { BaseClient } from "./base_client.ts";

/**
 * Makes a client, makes a call with it, and closes it: after the call, or once a streamed response is done.
 *
 * Not an async function, yet invalid options reject the promise rather than throw.
 */
export function once<Client extends BaseClient>(
  makeClient: () => Client,
  call: (client: Client) => Promise<Response>,
): Promise<Response> {
  let client: Client;
  try {
    client = makeClient();
  } catch (error) {
    return Promise.reject(error);
  }
  return closeAfter(client, call(client));
}

async function closeAfter(client: BaseClient, call: Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await call;
  } catch (error) {
    await client.close();
    throw error;
  }
  // What was read whole is done already.
  if (response.isClosed) await client.close();
  else bodyOf(response).whenDone(() => void client.close());
  return response;
}
