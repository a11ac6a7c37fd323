/**
 * SOCKS5 from the client's side (RFC 1928, RFC 1929), without I/O: a greeting, user name and password where the proxy
 * wants them, and the request for a connection. Names are resolved by the proxy.
 */
import { ProxyError } from "../../../errors.ts";
import type { ProxyHandshake } from "./handshake.ts";
import { bytesOfAddress } from "./ip_address.ts";
import { SOCKS5_MOVES, type Socks5Event, type Socks5State } from "./socks5_state.ts";

const VERSION = 5;
const NO_AUTH = 0;
const USER_PASS = 2;
const NO_METHOD = 0xff;
const CONNECT = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** RFC 1928 §6, in the words of errors. */
export const SOCKS5_REPLIES: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "connection not allowed by its rules",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "TTL expired",
  7: "command not supported",
  8: "address type not supported",
};

/** What is asked of the proxy. */
export interface Socks5Init {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of 255 bytes each at most; `null` for none. */
  readonly credentials: readonly [username: string, password: string] | null;
}

/** One conversation. */
export class Socks5 implements ProxyHandshake {
  readonly #init: Socks5Init;
  #state: Socks5State = "greeting";
  #unread: readonly number[] = [];

  constructor(init: Socks5Init) {
    this.#init = init;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  get excessBytes(): number {
    return this.isDone ? this.#unread.length : 0;
  }

  /** Both ways are offered where there are credentials: a proxy that wants none says so. */
  start(): Uint8Array {
    const methods = this.#init.credentials === null ? [NO_AUTH] : [NO_AUTH, USER_PASS];
    return Uint8Array.of(VERSION, methods.length, ...methods);
  }

  receive(bytes: Uint8Array): Uint8Array | null {
    this.#unread = [...this.#unread, ...bytes];
    const replies: number[] = [];
    while (!this.isDone) {
      const event = this.#readAnswer();
      if (event === null) break;
      this.#move(event);
      replies.push(...this.#nextMessage());
    }
    return replies.length === 0 ? null : Uint8Array.from(replies);
  }

  /** What the next answer says; `null` where it is not there whole. */
  #readAnswer(): Socks5Event | null {
    const [version, code] = this.#unread;
    if (version === undefined) return null;
    checkVersion(version, this.#state);
    if (code === undefined) return null;
    switch (this.#state) {
      case "greeting":
        this.#drop(2);
        return chosenMethod(code, this.#init);
      case "authenticating":
        this.#drop(2);
        return accepted(code);
      default: // requesting
        return this.#readReply(code);
    }
  }

  /** The address that it was bound to is of no use here, but stands before whatever comes next. */
  #readReply(code: number): Socks5Event | null {
    if (code !== 0) {
      const statusText = SOCKS5_REPLIES[code] ?? "unknown reply";
      throw new ProxyError(`it answered ${code} (${statusText})`, { status: code, statusText });
    }
    const [, , , type, length] = this.#unread;
    if (type === undefined || length === undefined) return null;
    const addressBytes = { [IPV4]: 4, [NAME]: 1 + length, [IPV6]: 16 }[type];
    if (addressBytes === undefined) {
      throw new ProxyError(`it broke the protocol: address type ${type} is unknown`);
    }
    const size = 4 + addressBytes + 2;
    if (this.#unread.length < size) return null;
    this.#drop(size);
    return "granted";
  }

  #nextMessage(): readonly number[] {
    switch (this.#state) {
      case "authenticating":
        return credentialsMessage(this.#init);
      case "requesting":
        return requestMessage(this.#init);
      default:
        return [];
    }
  }

  #drop(bytes: number): void {
    this.#unread = this.#unread.slice(bytes);
  }

  #move(event: Socks5Event): void {
    const next = SOCKS5_MOVES[this.#state][event];
    if (next === undefined) throw new Error(`Impossible: ${event} while ${this.#state}`);
    this.#state = next;
  }
}

/** RFC 1929 has a version of its own, 1; some proxies answer with 5 there too. */
function checkVersion(version: number, state: Socks5State): void {
  if (version === VERSION || (state === "authenticating" && version === 1)) return;
  const isHttp = version === "H".charCodeAt(0);
  const advice = isHttp
    ? "it seems to speak HTTP; did you mean http://?"
    : `it begins with ${version}`;
  throw new ProxyError(`it does not speak SOCKS5: ${advice}`);
}

function chosenMethod(method: number, { credentials }: Socks5Init): Socks5Event {
  if (method === NO_AUTH) return "noAuth";
  if (method === USER_PASS && credentials !== null) return "userPass";
  if (method !== NO_METHOD) {
    throw new ProxyError(`it broke the protocol: it chose method ${method}, which was not offered`);
  }
  throw new ProxyError(
    credentials === null
      ? "it wants credentials; give user and password in the proxy's URL, or as auth of a Proxy"
      : "it wants other credentials than user name and password",
    { status: method, statusText: "no acceptable methods" },
  );
}

function accepted(status: number): Socks5Event {
  if (status === 0) return "accepted";
  throw new ProxyError("it does not take this user and password", {
    status,
    statusText: "authentication failed",
  });
}

function credentialsMessage({ credentials }: Socks5Init): readonly number[] {
  const [username = "", password = ""] = credentials ?? [];
  return [1, ...counted(username), ...counted(password)];
}

function requestMessage({ host, port }: Socks5Init): readonly number[] {
  const address = bytesOfAddress(host);
  const target = address === null
    ? [NAME, ...counted(host)]
    : [address.length === 4 ? IPV4 : IPV6, ...address];
  return [VERSION, CONNECT, 0, ...target, port >> 8, port & 255];
}

/** A text behind its length, which is one byte. */
function counted(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= 255) return [bytes.length, ...bytes];
  throw new ProxyError(`SOCKS takes names of up to 255 bytes, and this one has ${bytes.length}`);
}
