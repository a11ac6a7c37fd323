import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { SocketHandler } from "../../../../src/runtime/socket.ts";
import type { NetworkStream } from "../../../../src/semantics/network_stream.ts";
import { StreamSocket } from "../../../../src/wire/connection/websocket/stream_socket.ts";

/** A stream whose reads and writes are settled by the test. */
class HeldStream {
  readonly facts = { localAddress: null, remoteAddress: null, tls: null };
  readonly written: string[] = [];
  reads: PromiseWithResolvers<Uint8Array | null>[] = [];
  writes: PromiseWithResolvers<void>[] = [];
  isEnded = false;
  isClosed = false;

  read(): Promise<Uint8Array | null> {
    const reading = Promise.withResolvers<Uint8Array | null>();
    this.reads.push(reading);
    return reading.promise;
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written.push(new TextDecoder().decode(bytes));
    const writing = Promise.withResolvers<void>();
    this.writes.push(writing);
    return writing.promise;
  }

  end(): void {
    this.isEnded = true;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

function socketOver(stream: HeldStream): { socket: StreamSocket; told: string[] } {
  const told: string[] = [];
  const handler: SocketHandler = {
    onData: (bytes) => told.push(new TextDecoder().decode(bytes)),
    onEnd: () => told.push("end"),
    onError: (error) => told.push(`error ${error.message}`),
    onDrain: () => told.push("drain"),
  };
  const socket = new StreamSocket(stream as unknown as NetworkStream);
  socket.attach(handler);
  return { socket, told };
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** Lets every promise that is settled be heard. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("StreamSocket", () => {
  it("reads in a loop until the end, and not while it is paused", async () => {
    const stream = new HeldStream();
    const { socket, told } = socketOver(stream);
    stream.reads.shift()?.resolve(bytes("a"));
    await settled();
    socket.pause();
    stream.reads.shift()?.resolve(bytes("b"));
    await settled();
    assertEquals([told, stream.reads.length], [["a", "b"], 0]);
    socket.resume();
    await settled();
    stream.reads.shift()?.resolve(null);
    await settled();
    assertEquals(told, ["a", "b", "end"]);
  });

  it("writes one piece after the other, counts what is unsent, and ends after it", async () => {
    const stream = new HeldStream();
    const { socket, told } = socketOver(stream);
    socket.write(bytes("one"));
    socket.write(bytes("three"));
    socket.end();
    await settled();
    assertEquals([stream.written, socket.unsentBytes, stream.isEnded], [["one"], 8, false]);
    stream.writes.shift()?.resolve();
    await settled();
    assertEquals([stream.written, socket.unsentBytes], [["one", "three"], 5]);
    stream.writes.shift()?.resolve();
    await settled();
    assertEquals([told, socket.unsentBytes, stream.isEnded], [["drain"], 0, true]);
  });

  it("reports a failure once, and closes", async () => {
    const stream = new HeldStream();
    const { socket, told } = socketOver(stream);
    socket.write(bytes("x"));
    await settled();
    stream.writes.shift()?.reject(new Error("gone"));
    stream.reads.shift()?.reject(new Error("gone too"));
    await settled();
    assertEquals([told, stream.isClosed], [["error gone"], true]);
  });

  it("reports nothing after close()", async () => {
    const stream = new HeldStream();
    const { socket, told } = socketOver(stream);
    socket.close();
    stream.reads.shift()?.resolve(bytes("late"));
    await settled();
    assertEquals([told, stream.isClosed, socket.unsentBytes], [[], true, 0]);
  });
});
