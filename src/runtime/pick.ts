/** Which adapter makes a connection: the runtime's own where it can, Node's elsewhere. */
import { canBunConnect, connectBun } from "./bun_socket.ts";
import type { ConnectOptions } from "./connect_options.ts";
import { canDenoConnect, connectDeno } from "./deno_socket.ts";
import { runtimeName } from "./host.ts";
import { connectNode } from "./node_socket.ts";
import type { Socket } from "./socket.ts";

/** Makes connections of one kind. */
export type Connect = (options: ConnectOptions) => Promise<Socket>;

/**
 * Connects a socket, TLS and all.
 *
 * @throws {ConnectError} where that fails; the signal's reason where that is aborted
 */
export function connect(options: ConnectOptions): Promise<Socket> {
  return pick(options)(options);
}

/** The adapter for what is asked. */
export function pick(options: ConnectOptions): Connect {
  switch (runtimeName()) {
    case "deno":
      return canDenoConnect(options) ? connectDeno : connectNode;
    case "bun":
      return canBunConnect(options) ? connectBun : connectNode;
    default:
      return connectNode;
  }
}

/** Whether this runtime has sockets at all. */
export function hasSockets(): boolean {
  return runtimeName() !== "other";
}
