/** The options of `client.websocket()`: their types, and the checks of those that only WebSockets have. */
import { badOption, checkOptionNames } from "../../options/bad_option.ts";
import { rawDeflate } from "../../runtime/raw_deflate.ts";
import type { WebSocketSettings } from "../../transports/websocket.ts";
import type { Proposal } from "../../wire/websocket/handshake/opening_handshake.ts";
import { isToken } from "../../wire/websocket/handshake/extensions.ts";
import {
  BODY_OPTION_NAMES,
  REQUEST_OPTION_NAMES,
  type RequestOptions,
} from "../options/options.ts";

/**
 * How messages are compressed (permessage-deflate, RFC 7692).
 *
 * @example Every message, each by itself
 * ```ts
 * import type { WebSocketCompression } from "@httpx/httpx/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const compression: WebSocketCompression = { fromBytes: 0, clientNoContextTakeover: true };
 * assertEquals(compression.fromBytes, 0);
 * ```
 */
export interface WebSocketCompression {
  /** Messages below this size are sent uncompressed. Default: 1024 bytes. */
  readonly fromBytes?: number | undefined;
  /** Whether each sent message is compressed by itself: less memory, larger messages. Default: `false`. */
  readonly clientNoContextTakeover?: boolean | undefined;
  /** Whether the server has to do so. Default: `false`. */
  readonly serverNoContextTakeover?: boolean | undefined;
}

/**
 * Options of `client.websocket()`: those of a request without a body, and these.
 *
 * @example A subprotocol, and a limit
 * ```ts
 * import type { WebSocketOptions } from "@httpx/httpx/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const options: WebSocketOptions = { protocols: ["chat"], maxMessageBytes: 1024 * 1024 };
 * assertEquals(options.protocols, ["chat"]);
 * ```
 */
export interface WebSocketOptions extends RequestOptions {
  /** Subprotocols to offer, the preferred one first. Default: none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** Whether compression is offered, and how messages are compressed. Default: `false`. */
  readonly compression?: boolean | WebSocketCompression | undefined;
  /**
   * After so many milliseconds of silence a PING is sent; after as many again without an answer the connection has
   * failed with a `ReadTimeout`. `null` for neither. Default: `null`.
   */
  readonly keepAliveMs?: number | null | undefined;
  /** How long the closing handshake may take, in milliseconds. Default: 2000. */
  readonly closeTimeoutMs?: number | undefined;
  /** The largest message that is received, decompressed, in bytes; more closes with 1009. Default: 64 MB. */
  readonly maxMessageBytes?: number | undefined;
  /** The largest frame that is received, in bytes; more closes with 1009. Default: `maxMessageBytes`. */
  readonly maxFrameBytes?: number | undefined;
}

const OWN_NAMES: { readonly [Name in keyof Omit<WebSocketOptions, keyof RequestOptions>]-?: true } =
  {
    protocols: true,
    compression: true,
    keepAliveMs: true,
    closeTimeoutMs: true,
    maxMessageBytes: true,
    maxFrameBytes: true,
  };
/** A handshake has no body. */
const KNOWN: ReadonlySet<string> = new Set([
  ...[...REQUEST_OPTION_NAMES].filter((name) => !BODY_OPTION_NAMES.includes(name)),
  ...Object.keys(OWN_NAMES),
]);

const CLOSE_TIMEOUT_MS = 2000;
const DEFLATE_FROM_BYTES = 1024;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** The options in parts: for the request, for the handshake, for the connection. */
export interface CheckedOptions {
  readonly request: RequestOptions;
  readonly proposal: Proposal;
  readonly settings: WebSocketSettings;
}

/**
 * Checks options.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 * @throws {RangeError} for a number out of range
 */
export function checkWebSocketOptions(options: WebSocketOptions): CheckedOptions {
  checkOptionNames("websocket()", { options, known: KNOWN });
  const { protocols = [], compression = false, ...rest } = options;
  const { keepAliveMs, closeTimeoutMs, maxMessageBytes, maxFrameBytes, ...request } = rest;
  const maxBytes = checkCount("maxMessageBytes", maxMessageBytes ?? MAX_MESSAGE_BYTES);
  const deflate = checkCompression(compression);
  return {
    request,
    proposal: { protocols: checkProtocols(protocols), deflate: deflate?.offer ?? null },
    settings: {
      limits: {
        maxMessageBytes: maxBytes,
        maxFrameBytes: checkCount("maxFrameBytes", maxFrameBytes ?? maxBytes),
      },
      closeTimeoutMs: checkCount("closeTimeoutMs", closeTimeoutMs ?? CLOSE_TIMEOUT_MS),
      keepAliveMs: (keepAliveMs ?? null) === null ? null : checkCount("keepAliveMs", keepAliveMs),
      deflateFromBytes: deflate?.fromBytes ?? DEFLATE_FROM_BYTES,
    },
  };
}

/** §4.1, step 10: tokens, each once. */
function checkProtocols(protocols: unknown): readonly string[] {
  const list: readonly unknown[] = typeof protocols === "string"
    ? [protocols]
    : Array.isArray(protocols)
    ? protocols
    : [null];
  const names = list.filter((name): name is string => typeof name === "string" && isToken(name));
  if (names.length === list.length && new Set(names).size === names.length) return names;
  throw badOption("protocols", "give names of subprotocols, each once");
}

interface CheckedCompression {
  readonly offer: NonNullable<Proposal["deflate"]>;
  readonly fromBytes: number;
}

function checkCompression(compression: unknown): CheckedCompression | null {
  if (compression === false) return null;
  if (typeof compression !== "object" && compression !== true || compression === null) {
    throw badOption("compression", "give true, false, or its settings");
  }
  if (rawDeflate() === null) {
    throw badOption("compression", "this runtime has no node:zlib; leave it out");
  }
  const given: WebSocketCompression = compression === true ? {} : compression;
  return {
    offer: {
      clientNoContextTakeover: given.clientNoContextTakeover ?? false,
      serverNoContextTakeover: given.serverNoContextTakeover ?? false,
    },
    fromBytes: checkCount("compression.fromBytes", given.fromBytes ?? DEFLATE_FROM_BYTES),
  };
}

function checkCount(name: string, value: unknown): number {
  if (typeof value !== "number") throw badOption(name, "give a number");
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`Cannot use option "${name}": give a whole number, 0 or more`);
}
