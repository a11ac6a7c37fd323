/** Everything a server can make this engine hold or do, by name. */

/** Budgets of one response. */
export interface Http1Limits {
  /** Status line and fields, each head by itself. Default: 100 KB (102,400 bytes). */
  readonly maxHeadBytes: number;
  /** The trailer section of a chunked body. Default: 100 KB. */
  readonly maxTrailerBytes: number;
  /** One chunk's size line with its extensions (CVE-2023-39326). Default: 4 KB. */
  readonly maxChunkLineBytes: number;
  /** 1xx responses before the final one. Default: 32. */
  readonly maxInformational: number;
}

/** The budgets where nothing else is said. */
export const DEFAULT_LIMITS: Http1Limits = {
  maxHeadBytes: 100 * 1024,
  maxTrailerBytes: 100 * 1024,
  maxChunkLineBytes: 4096,
  maxInformational: 32,
};
