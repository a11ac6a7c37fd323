/**
 * How far a conversation in SOCKS5 has come (RFC 1928 §3 to §6, RFC 1929):
 *
 * ```text
 *  greeting ──noAuth──────────────────▶ requesting ──granted──▶ done
 *     └─────userPass──▶ authenticating ─accepted─┘
 * ```
 *
 * A missing cell is the proxy's mistake. Whatever it refuses ends the conversation, in any state.
 */

/** What the client has said last, and waits to be answered. */
export type Socks5State = "greeting" | "authenticating" | "requesting" | "done";

/** What the proxy may answer. */
export type Socks5Event = "noAuth" | "userPass" | "accepted" | "granted";

export const SOCKS5_MOVES: Readonly<
  Record<Socks5State, Readonly<Partial<Record<Socks5Event, Socks5State>>>>
> = {
  greeting: { noAuth: "requesting", userPass: "authenticating" },
  authenticating: { accepted: "requesting" },
  requesting: { granted: "done" },
  done: {},
};
