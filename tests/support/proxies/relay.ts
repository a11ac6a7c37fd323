/** What every proxy for tests does once it has agreed: bytes to and fro until the client ends. */
import { connect, type Socket } from "node:net";
import type { Peer } from "../loopback.ts";

/** Connects to an origin; `null` where nobody listens. */
export function reach(host: string, port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.once("error", () => resolve(null));
    socket.once("connect", () => resolve(socket));
  });
}

/** Carries bytes between a client and an origin. No client here ends before its answer: its end is that of both. */
export async function relay(peer: Peer, origin: Socket): Promise<void> {
  const down = new Promise<void>((resolve) => {
    origin.on("data", (bytes) => {
      origin.pause();
      peer.send(new Uint8Array(bytes)).then(() => origin.resume());
    });
    origin.once("end", () => peer.end());
    origin.once("close", () => {
      peer.close();
      resolve();
    });
    origin.on("error", () => {});
  });
  for (let bytes = await peer.readSome(); bytes !== null; bytes = await peer.readSome()) {
    const isTaken = origin.write(bytes);
    if (!isTaken && !origin.destroyed) await drained(origin);
  }
  origin.destroy();
  await down;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}

/** The next head, its empty line included; `null` where the peer ended before. */
export async function readHead(peer: Peer): Promise<string | null> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const byte = await peer.readText(1);
    if (byte === "") return null;
    head += byte;
  }
  return head;
}

/** The value of a field in a head, or `null`. */
export function fieldOf(head: string, name: string): string | null {
  return new RegExp(`^${name}: *(.*)\r$`, "im").exec(head)?.[1] ?? null;
}
