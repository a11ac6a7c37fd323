/** Servers whose every step on the wire a test knows. */
import { servers } from "../certificates.ts";
import { data, describeFrames, F, headers, joined, settings } from "../http2/frames.ts";
import { listen, type ListenOptions, type Loopback, type Peer } from "../loopback.ts";

/** A response of two bytes. */
export const OK = "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi";

/** Where a server is. */
export function urlOf({ host, port }: Loopback, scheme = "http"): string {
  return `${scheme}://${host}:${port}/`;
}

/** Reads heads, and answers each with the next of the answers; `null` closes the connection. */
export function answering(...answers: readonly (string | null)[]): (peer: Peer) => Promise<void> {
  return async (peer) => {
    for (const answer of answers) {
      if (await peer.readSome() === null) return;
      if (answer === null) return peer.close();
      await peer.send(answer);
    }
  };
}

/** An HTTP/2 server that allows 7 streams and answers each request at once. */
export function startHTTP2(): Promise<Loopback> {
  const options: ListenOptions = { tls: { ...servers.good, alpnProtocols: ["h2"] } };
  return listen(async (peer) => {
    await peer.send(settings(3, 7));
    for (let bytes = await peer.readSome(); bytes !== null; bytes = await peer.readSome()) {
      for (const line of describeFrames(bytes)) {
        const id = Number(/^HEADERS (\d+)/.exec(line)?.[1] ?? 0);
        if (id > 0) await peer.send(answerOn(id));
      }
    }
  }, options);
}

function answerOn(id: number): Uint8Array {
  return joined(headers(id, { ":status": "200", "x-a": "1" }), data(id, "hi", F.END_STREAM));
}
