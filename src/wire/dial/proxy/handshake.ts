/**
 * Talking a proxy into a connection to somebody else. What is said is a state machine's business, without I/O; here
 * is the walk: a socket, such a machine, and a signal that ends both.
 */
import { ProxyError } from "../../../errors.ts";
import type { Socket } from "../../../runtime/socket.ts";

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

/**
 * Carries the conversation to its end. The socket is then nobody's, and nothing was read that is the origin's.
 *
 * @throws {ProxyError} where it fails, with the reason as its message; the signal's reason where that is aborted. The
 * socket is closed then
 */
export function shakeHands(
  socket: Socket,
  handshake: ProxyHandshake,
  signal: AbortSignal,
): Promise<void> {
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
          if (handshake.excessBytes > 0) throw new ProxyError("it sent more than its answer");
        } catch (error) {
          return fail(error);
        }
        signal.removeEventListener("abort", onAbort);
        socket.detach();
        resolve();
      },
      onEnd: () => fail(new ProxyError("it closed the connection before it had answered")),
      onError: (cause) =>
        fail(new ProxyError(`the connection broke: ${cause.message}`, { cause: cause.cause })),
      onDrain() {},
    });
    socket.write(handshake.start());
  });
}
