/** RFC 9113 §6.5.2: what the server may set, within what range, and what holds until it does. */
import { type Reason, ViolationError } from "../reasons.ts";
import { readUint32 } from "./frame_reader.ts";
import { DEFAULT_FRAME_BYTES } from "./frame_table.ts";

/** Identifiers by name. */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
  ENABLE_CONNECT_PROTOCOL: 8,
} as const;

/** RFC 9113 §6.9.1 */
export const MAX_WINDOW_BYTES = 2 ** 31 - 1;

/** What a window has before anyone has said anything. */
export const DEFAULT_WINDOW_BYTES = 65_535;

interface SettingRule {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** The code for a value out of range. */
  readonly reason: Reason;
}

const ANY = 2 ** 32 - 1;

/** By identifier. What is not in the table is ignored (RFC 9113 §6.5.2). A server may not enable push (§6.5.2). */
export const SETTING_RULES: Readonly<Record<number, SettingRule>> = {
  1: { name: "HEADER_TABLE_SIZE", least: 0, most: ANY, reason: "PROTOCOL_ERROR" },
  2: { name: "ENABLE_PUSH", least: 0, most: 0, reason: "PROTOCOL_ERROR" },
  3: { name: "MAX_CONCURRENT_STREAMS", least: 0, most: ANY, reason: "PROTOCOL_ERROR" },
  4: {
    name: "INITIAL_WINDOW_SIZE",
    least: 0,
    most: MAX_WINDOW_BYTES,
    reason: "FLOW_CONTROL_ERROR",
  },
  5: { name: "MAX_FRAME_SIZE", least: 16_384, most: 16_777_215, reason: "PROTOCOL_ERROR" },
  6: { name: "MAX_HEADER_LIST_SIZE", least: 0, most: ANY, reason: "PROTOCOL_ERROR" },
  8: { name: "ENABLE_CONNECT_PROTOCOL", least: 0, most: 1, reason: "PROTOCOL_ERROR" }, // RFC 8441 §3
};

/** What the server has set. */
export class PeerSettings {
  #maxStreams: number;
  #windowBytes = DEFAULT_WINDOW_BYTES;
  #frameBytes = DEFAULT_FRAME_BYTES;
  #isSet = false;
  #allowsExtendedConnect = false;

  /** @param maxStreams how many streams to open before the server has said anything */
  constructor(maxStreams: number) {
    this.#maxStreams = maxStreams;
  }

  get maxStreams(): number {
    return this.#maxStreams;
  }

  /** What may be sent on a new stream. */
  get windowBytes(): number {
    return this.#windowBytes;
  }

  get frameBytes(): number {
    return this.#frameBytes;
  }

  /** Whether the server takes extended CONNECT (RFC 8441 §3). */
  get allowsExtendedConnect(): boolean {
    return this.#allowsExtendedConnect;
  }

  /**
   * Takes over the settings of a payload, in order.
   *
   * @param payload.allowTable called for each SETTINGS_HEADER_TABLE_SIZE: the smallest counts too (RFC 7541 §4.2)
   * @throws {ViolationError} for a value out of range
   */
  apply(
    bytes: Uint8Array,
    { start, end, allowTable }: {
      start: number;
      end: number;
      allowTable: (bytes: number) => void;
    },
  ): void {
    // RFC 9113 §6.5.2: what the first SETTINGS do not limit is not limited.
    if (!this.#isSet) this.#maxStreams = Infinity;
    this.#isSet = true;
    for (let at = start; at < end; at += 6) {
      const identifier = (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
      const value = readUint32(bytes, at + 2);
      const rule = SETTING_RULES[identifier];
      if (rule === undefined) continue;
      if (value < rule.least || value > rule.most) {
        throw new ViolationError(rule.reason, `SETTINGS_${rule.name} of ${value}`);
      }
      if (identifier === SETTING.HEADER_TABLE_SIZE) allowTable(value);
      else this.#set(identifier, value);
    }
  }

  #set(identifier: number, value: number): void {
    switch (identifier) {
      case SETTING.MAX_CONCURRENT_STREAMS:
        this.#maxStreams = value;
        return;
      case SETTING.INITIAL_WINDOW_SIZE:
        this.#windowBytes = value;
        return;
      case SETTING.MAX_FRAME_SIZE:
        // Larger frames would only make other streams wait longer.
        this.#frameBytes = Math.min(value, DEFAULT_FRAME_BYTES);
        return;
      case SETTING.ENABLE_CONNECT_PROTOCOL:
        // RFC 8441 §3: what was allowed is not taken back.
        if (value === 0 && this.#allowsExtendedConnect) {
          throw new ViolationError(
            "PROTOCOL_ERROR",
            "SETTINGS_ENABLE_CONNECT_PROTOCOL from 1 to 0",
          );
        }
        this.#allowsExtendedConnect = value === 1;
    }
  }
}
