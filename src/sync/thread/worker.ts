/** The module that a synchronous client's worker runs. It is started by `caller/sync_http_transport.ts` alone. */
import type { Logger } from "../../observe/logger.ts";
import { threadInit } from "../../runtime/program/thread.ts";
import { HTTPTransport } from "../../transports/http_transport.ts";
import type { Transport } from "../../transports/transport.ts";
import type { Resolve } from "../../wire/dial/resolve.ts";
import type { WorkerInit } from "./messages.ts";
import { Callbacks } from "./callbacks.ts";
import { Channel } from "./channel.ts";
import { OptionDecoder } from "./option_codec.ts";
import { BEAT_MS, WorkerEndpoint } from "./endpoints.ts";
import { Service } from "./service.ts";

const { memory, options } = await threadInit() as WorkerInit; // the one that starts it gives no other
const channel = new Channel(memory);
const end = new WorkerEndpoint(channel);
const callbacks = new Callbacks(end);
const service = new Service(end, { transport: makeTransport(), callbacks });
// It also holds this thread, which waits for memory to change: no runtime counts that as something to do.
const pulse = setInterval(() => channel.beat(), BEAT_MS);
await end.listen((ask) => service.take(ask), () => service.isIdle);
clearInterval(pulse);

/** An error of the options is sent with the first request: the start reports nothing but itself. */
function makeTransport(): Transport {
  const { rest, verify, proxy, resolve, logs } = options;
  const arrivals = new OptionDecoder();
  try {
    return new HTTPTransport({
      ...rest,
      verify: verify === null ? undefined : arrivals.verify(verify),
      proxy: proxy === null ? null : arrivals.proxy(proxy),
      resolve: resolve === "caller" ? askCaller : resolve,
      logger: logs ? logger() : null,
    });
  } catch (error) {
    return { handleRequest: () => Promise.reject(error) };
  }
}

function askCaller(host: string): ReturnType<Resolve> {
  return callbacks.call(0, "resolve", [host]) as ReturnType<Resolve>; // what it is, is looked at there
}

/** Of steps on the network alone: the line of a response is the client's to write. */
function logger(): Logger {
  return {
    debug: (line) => void callbacks.call(0, "log", [line]).catch(() => {}),
    info: () => {},
  };
}
