/** Everything a server can make this engine hold or do, by name. */

/** Budgets of one response. */
export interface Http1Limits {
  /** Status line and fields, each head by itself. Default: 100 KB (102,400 bytes). */
  readonly maxHeadBytes: number;
  /** The trailer section of a chunked body. Default: 100 KB. */
  readonly maxTrailerBytes: number;
  /** One chunk's size line with its extensions. Default: 4 KB. */
  readonly maxChunkLineBytes: number;
  /** By how much all size lines may exceed what the content justifies (CVE-2023-39326). Default: 16 KB. */
  readonly maxChunkExcessBytes: number;
  /** 1xx responses before the final one. Default: 32. */
  readonly maxInformational: number;
}

/** The budgets where nothing else is said. */
export const DEFAULT_LIMITS: Http1Limits = {
  maxHeadBytes: 100 * 1024,
  maxTrailerBytes: 100 * 1024,
  maxChunkLineBytes: 4096,
  maxChunkExcessBytes: 16 * 1024,
  maxInformational: 32,
};
