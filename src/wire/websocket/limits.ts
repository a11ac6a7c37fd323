/** Everything a server can make this engine hold or do, by name. */

/** Budgets of one connection. */
export interface WebSocketLimits {
  /** One frame's payload as it is on the wire; more closes with 1009. Default: 64 MB. */
  readonly maxFrameBytes: number;
  /** One message, after decompression; more closes with 1009 (RFC 7692 §8). Default: 64 MB. */
  readonly maxMessageBytes: number;
  /** Frames of one message; more closes with 1008. Default: 262,144. */
  readonly maxFragments: number;
  /** PING, PONG and CLOSE frames within a second; more closes with 1008. Default: 1000. */
  readonly maxControlFrames: number;
  /** DEFLATE streams within one compressed message (RFC 7692 §7.2.3.4); more closes with 1008. Default: 8. */
  readonly maxDeflateStreams: number;
}

/** The budgets unless the caller gives others. */
export const DEFAULT_LIMITS: WebSocketLimits = {
  maxFrameBytes: 64 * 1024 * 1024,
  maxMessageBytes: 64 * 1024 * 1024,
  maxFragments: 262_144,
  maxControlFrames: 1000,
  maxDeflateStreams: 8,
};
