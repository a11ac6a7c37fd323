/** RFC 9113 §6.5.2: what the server may set, within what range, and what holds until it does. */
import { type Reason, ViolationError } from "../reasons.ts";
import { readUint32 } from "./frame_reader.ts";

/** Identifiers by name. */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
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
};

/**
 * Calls `apply` for each known setting of a payload, in order.
 *
 * @throws {ViolationError} for a value out of range
 */
export function readSettings(
  bytes: Uint8Array,
  { start, end, apply }: {
    start: number;
    end: number;
    apply: (identifier: number, value: number) => void;
  },
): void {
  for (let at = start; at < end; at += 6) {
    const identifier = (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
    const value = readUint32(bytes, at + 2);
    const rule = SETTING_RULES[identifier];
    if (rule === undefined) continue;
    if (value < rule.least || value > rule.most) {
      throw new ViolationError(rule.reason, `SETTINGS_${rule.name} of ${value}`);
    }
    apply(identifier, value);
  }
}
