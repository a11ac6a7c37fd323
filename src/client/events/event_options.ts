/** The options of event streams, checked when the stream is made. */
import { badOption, checkOptionNames } from "../../options/bad_option.ts";
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import type { Timeout } from "../../message/timeout.ts";
import { type BodiedOptions, REQUEST_OPTION_NAMES, type SendOptions } from "../options/options.ts";

/** How an event stream reconnects. */
export interface ReconnectOptions {
  /** Attempts in a row that may bring no event; 0 for none, `Infinity` for no limit. Default: 10. */
  readonly limit?: number | undefined;
  /** Milliseconds to wait if the server names no time (`retry`). Default: 1000. */
  readonly baseMs?: number | undefined;
  /** Most milliseconds of a wait that grows; the server's own time may be longer. Default: 30,000. */
  readonly maxMs?: number | undefined;
  /** Draws the jitter: a number from 0, below 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Why an event stream connects again. */
export interface Reconnection {
  /** Which attempt since the last event it is: 1 for the first. */
  readonly attempt: number;
  /** Milliseconds until it. */
  readonly delayMs: number;
  /** What ended the last connection; `null` if the server ended it. */
  readonly error: unknown;
  /** What the next attempt sends as `Last-Event-ID`; `""` for none. */
  readonly lastEventId: string;
}

/** Options of `client.events()`, beside those of every request. */
export interface EventStreamSettings {
  /**
   * Whether to connect again when a connection ends or breaks. Default: for safe methods (GET, QUERY), once the stream has
   * been open; not for others, as a POST that is sent again may be carried out twice. A body that can be sent only once is
   * never sent again.
   */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** Where to begin: sent as `Last-Event-ID`. Default: `""`, from the start. */
  readonly lastEventId?: string | undefined;
  /** Milliseconds without a byte, comments included, after which to reconnect. Default: `null`, no limit. */
  readonly silenceMs?: number | null | undefined;
  /** Milliseconds without an event after which to reconnect. Default: `null`, no limit. */
  readonly eventMs?: number | null | undefined;
  /** Most UTF-16 units of a line or an event; more is a `DecodingError`. Default: 16,777,216. */
  readonly maxEventLength?: number | undefined;
  /** Called with the head of each response that is an event stream. */
  readonly onOpen?: ((response: Response) => void) | undefined;
  /** Called before each wait for another attempt. */
  readonly onReconnect?: ((reconnection: Reconnection) => void) | undefined;
}

/** Options of `client.events()`. */
export type EventStreamOptions = BodiedOptions & EventStreamSettings;

/** As much of a client as an event stream uses. */
export interface EventClient {
  /** The limits of requests that bring none. */
  readonly timeout: Timeout;
  /** Builds a request with the client's defaults. */
  buildRequest(method: string, url: string | URL, options?: BodiedOptions): Request;
  /** Sends it. */
  send(request: Request, options?: SendOptions): Promise<Response>;
}

const SETTING_NAMES: { readonly [Name in keyof EventStreamSettings]-?: true } = {
  reconnect: true,
  lastEventId: true,
  silenceMs: true,
  eventMs: true,
  maxEventLength: true,
  onOpen: true,
  onReconnect: true,
};

const KNOWN: ReadonlySet<string> = new Set([
  ...REQUEST_OPTION_NAMES,
  .../* @__PURE__ */ Object.keys(SETTING_NAMES),
]);

/** What an event stream is asked for. */
export interface EventStreamInit {
  /** What its requests are sent with. */
  readonly client: EventClient;
  /** The method of each request. */
  readonly method: string;
  /** Absolute, or relative to the client's `baseURL`. */
  readonly url: string | URL;
  /** Those of the call. */
  readonly options: EventStreamOptions;
}

/**
 * Checks the options of an event stream.
 *
 * @throws {TypeError} for one that is unknown or of the wrong kind
 */
export function checkEventOptions(options: EventStreamOptions): void {
  checkOptionNames("events()", { options, known: KNOWN });
  const { reconnect = true, lastEventId = "", maxEventLength = 1 } = options;
  if (typeof reconnect === "object" && reconnect !== null) {
    checkNumber("reconnect.limit", reconnect.limit ?? 0, 0);
    checkNumber("reconnect.baseMs", reconnect.baseMs ?? 0, 0);
    checkNumber("reconnect.maxMs", reconnect.maxMs ?? 0, 0);
    const known = new Set(["limit", "baseMs", "maxMs", "random"]);
    checkOptionNames("events({ reconnect })", { options: reconnect, known });
  } else if (typeof reconnect !== "boolean") {
    throw badOption("reconnect", "give true, false or an object");
  }
  if (typeof lastEventId !== "string") throw badOption("lastEventId", "give a string");
  checkNumber("silenceMs", options.silenceMs ?? Infinity, Number.MIN_VALUE);
  checkNumber("eventMs", options.eventMs ?? Infinity, Number.MIN_VALUE);
  checkNumber("maxEventLength", maxEventLength, 1);
}

function checkNumber(name: string, value: unknown, least: number): void {
  if (typeof value === "number" && value >= least) return;
  throw badOption(name, least === 0 ? "give a number, 0 or more" : "give a number above 0");
}
