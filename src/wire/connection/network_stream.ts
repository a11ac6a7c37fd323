/**
 * The connection below a response, as callers see it: who is at the other end, always; its bytes, once they are no
 * longer HTTP's.
 */
import { LocalProtocolError } from "../../errors.ts";
import type {
  ExtraInfo,
  NetworkStream,
  NetworkStreamOptions,
  SocketFacts,
} from "../../semantics/network_stream.ts";

/** What is known of a socket by one of httpx's names. */
export function extraInfo<Name extends keyof ExtraInfo>(
  { localAddress, remoteAddress, tls }: SocketFacts,
  name: Name,
): ExtraInfo[Name] {
  const info: ExtraInfo = {
    client_addr: localAddress,
    server_addr: remoteAddress,
    ssl_object: tls,
  };
  return info[name] ?? null;
}

/** A connection that carries HTTP: its facts can be read, and its bytes can't. */
export class HTTPStream implements NetworkStream {
  readonly facts: SocketFacts;

  constructor({ localAddress, remoteAddress, tls }: SocketFacts) {
    this.facts = { localAddress, remoteAddress, tls };
  }

  getExtraInfo<Name extends keyof ExtraInfo>(name: Name): ExtraInfo[Name] {
    return extraInfo(this.facts, name);
  }

  read(): Promise<Uint8Array | null> {
    return Promise.reject(refusal("read from"));
  }

  write(): Promise<void> {
    return Promise.reject(refusal("write to"));
  }

  startTLS(): Promise<NetworkStream> {
    return Promise.reject(refusal("start TLS on"));
  }

  end(): void {
    throw refusal("end");
  }

  close(): Promise<void> {
    return Promise.reject(refusal("close"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get readable(): ReadableStream<Uint8Array> {
    throw refusal("read from");
  }

  get writable(): WritableStream<Uint8Array> {
    throw refusal("write to");
  }
}

/**
 * What `read()` was given: how many bytes at most, options, or both.
 *
 * @throws {TypeError} for a number of bytes that is not a whole one, 1 or more
 */
export function readArguments(
  maxBytes: number | NetworkStreamOptions = Infinity,
  options: NetworkStreamOptions = {},
): { readonly maxBytes: number; readonly options: NetworkStreamOptions } {
  if (typeof maxBytes === "object") return { maxBytes: Infinity, options: maxBytes };
  if (maxBytes >= 1 && (Number.isInteger(maxBytes) || maxBytes === Infinity)) {
    return { maxBytes, options };
  }
  throw new TypeError(
    `Cannot read ${maxBytes} bytes of the stream: give a whole number, 1 or more`,
  );
}

/** The error of a use that a connection of HTTP has no place for. */
export function refusal(what: string): LocalProtocolError {
  return new LocalProtocolError(
    `Cannot ${what} the network stream: its connection speaks HTTP and is the pool's; ` +
      "it is yours after 101 or an accepted CONNECT",
  );
}
