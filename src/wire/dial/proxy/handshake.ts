/**
 * Talking a proxy into a connection to somebody else. What is said is a state machine's business, without I/O; here
 * is the walk: a socket, such a machine, and a signal that ends both.
 */
import { ProxyError } from "../../../errors.ts";
import type { Socket } from "../../../runtime/socket.ts";
import { LeadingSocket } from "./leading_socket.ts";

/** A conversation with a proxy, from the client's side: bytes in, bytes out. */
export interface ProxyHandshake {
  /** Whether the proxy has agreed: what comes now is the origin's. */
  readonly isDone: boolean;
  /** How many bytes came after the proxy's last word. */
  readonly excessBytes: number;
  /** What to send first. */
  start(): Uint8Array;
  /**
   * Takes what arrived, and says what to send now.
   *
   * @throws {ProxyError} where the proxy refuses or speaks nonsense; the message is the reason alone
   */
  receive(bytes: Uint8Array): Uint8Array | null;
}

/** How a conversation is carried. */
export interface ShakeHandsInit {
  readonly signal: AbortSignal;
  /** Whether the origin may speak before it is spoken to. What else comes early is nobody's: it was slipped in. */
  readonly mayBegin: boolean;
}

/**
 * Carries the conversation to its end. The socket that it gives is then nobody's, and has all that is the origin's.
 *
 * @throws {ProxyError} where it fails, with the reason as its message; the signal's reason where that is aborted. The
 * socket is closed then
 */
export function shakeHands(
  socket: Socket,
  handshake: ProxyHandshake,
  { signal, mayBegin }: ShakeHandsInit,
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
          const reply = handshake.receive(bytes);
          if (reply !== null) socket.write(reply);
          if (!handshake.isDone) return;
          if (handshake.excessBytes > 0 && !mayBegin) {
            throw new ProxyError("it sent more than its answer");
          }
        } catch (error) {
          return fail(error);
        }
        signal.removeEventListener("abort", onAbort);
        socket.detach();
        const { excessBytes } = handshake;
        const leading = bytes.slice(bytes.length - excessBytes); // lent until this returns
        resolve(excessBytes === 0 ? socket : new LeadingSocket(socket, leading));
      },
      onEnd: () => fail(new ProxyError("it closed the connection before it had answered")),
      onError: (cause) =>
        fail(new ProxyError(`the connection broke: ${cause.message}`, { cause: cause.cause })),
      onDrain() {},
    });
    socket.write(handshake.start());
  });
}
