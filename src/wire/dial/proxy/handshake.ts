/**
 * Negotiates a tunnel through a proxy: drives a handshake, which is a state machine without I/O, over a socket until it
 * is done or a signal ends it.
 */
import { ProxyError } from "../../../errors.ts";
import type { Socket } from "../../../runtime/socket.ts";
import { PrefixedSocket } from "./prefixed_socket.ts";

/** A handshake with a proxy, from the client's side: bytes in, bytes out. */
export interface ProxyHandshake {
  /** Whether the proxy has agreed: what comes now is the origin's. */
  readonly isDone: boolean;
  /** How many bytes came after the proxy's last message. */
  readonly excessBytes: number;
  /** What to send first. */
  start(): Uint8Array;
  /**
   * Receives bytes, and returns what to send now.
   *
   * @throws {ProxyError} if the proxy refuses or breaks the protocol; the message is the reason alone
   */
  receive(bytes: Uint8Array): Uint8Array | null;
}

/** How a handshake is driven. */
export interface HandshakeInit {
  readonly signal: AbortSignal;
  /** Whether the origin may send first. Otherwise bytes after the handshake were injected, and it fails. */
  readonly mayBegin: boolean;
}

/**
 * Drives a handshake to its end, and resolves with a socket that has no handler and all bytes of the origin.
 *
 * @throws {ProxyError} if it fails, with the reason as its message; the signal's reason if it is aborted. The socket is
 * closed then
 */
export function handshake(
  socket: Socket,
  protocol: ProxyHandshake,
  { signal, mayBegin }: HandshakeInit,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (reason: unknown) => {
      signal.removeEventListener("abort", onAbort);
      socket.close();
      reject(reason);
    };
    const onAbort = () => fail(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.attach({
      onData(bytes) {
        try {
          const reply = protocol.receive(bytes);
          if (reply !== null) socket.write(reply);
          if (!protocol.isDone) return;
          if (protocol.excessBytes > 0 && !mayBegin) {
            throw new ProxyError("it sent more than its answer");
          }
        } catch (error) {
          return fail(error);
        }
        signal.removeEventListener("abort", onAbort);
        socket.detach();
        const { excessBytes } = protocol;
        const leading = bytes.slice(bytes.length - excessBytes); // lent until this returns
        resolve(excessBytes === 0 ? socket : new PrefixedSocket(socket, leading));
      },
      onEnd: () => fail(new ProxyError("it closed the connection before it had answered")),
      onError: (cause) =>
        fail(new ProxyError(`the connection broke: ${cause.message}`, { cause: cause.cause })),
      onDrain() {},
    });
    socket.write(protocol.start());
  });
}
