/**
 * Everything a server can make this engine hold or do, by name. What comes per second is for frames that
 * cost the server nothing and ask for work or memory here; a second in which a server exceeds one of them
 * is its last (CERT VU#605641, VU#421644).
 */

/** Budgets of one connection. */
export interface Http2Limits {
  /** A decoded field list, as RFC 9113 §6.5.2 counts it: a response with more is refused. Default: 100 KB. */
  readonly maxHeaderListBytes: number;
  /** A field block before it is decoded; more ends the connection (CVE-2024-27316). Default: 128 KB. */
  readonly maxBlockBytes: number;
  /** CONTINUATION frames of one block (VU#421644). Default: 64. */
  readonly maxContinuations: number;
  /** The table that the server's encoder may use (RFC 9113 §6.5.2). Default: 4096 bytes. */
  readonly headerTableBytes: number;
  /** How much of one response may arrive before its caller has taken any. Default: 192 KB. */
  readonly streamWindowBytes: number;
  /** The same for a caller who keeps up: the window doubles up to this. Default: 16 MB. */
  readonly maxStreamWindowBytes: number;
  /** 1xx responses before the final one. Default: 32. */
  readonly maxInformational: number;
  /** Streams at once until the server has said how many. Default: 100. */
  readonly initialStreams: number;
  /** PING a second (CVE-2019-9512). Default: 1000. */
  readonly maxPings: number;
  /** SETTINGS a second (CVE-2019-9515). Default: 100. */
  readonly maxSettings: number;
  /** Frames a second that carry nothing: DATA without bytes, PRIORITY, unknown types (CVE-2019-9518). Default: 1000. */
  readonly maxEmptyFrames: number;
  /**
   * Frames a second for streams that are closed: RST_STREAM, WINDOW_UPDATE, DATA (CVE-2019-9514); 32 more for each that
   * has ended in that second. Default: 10,000.
   */
  readonly maxLateFrames: number;
}

/** The budgets where nothing else is said. */
export const DEFAULT_LIMITS: Http2Limits = {
  maxHeaderListBytes: 100 * 1024,
  maxBlockBytes: 128 * 1024,
  maxContinuations: 64,
  headerTableBytes: 4096,
  streamWindowBytes: 192 * 1024,
  maxStreamWindowBytes: 16 * 1024 * 1024,
  maxInformational: 32,
  initialStreams: 100,
  maxPings: 1000,
  maxSettings: 100,
  maxEmptyFrames: 1000,
  maxLateFrames: 10_000,
};

/** What may wait because the server does not read, before nothing of its own is answered any more. */
export const MAX_UNREAD_BYTES: number = 4 * 1024 * 1024;
