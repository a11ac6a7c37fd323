/**
 * The only place that decides what a new connection speaks.
 */
import type { Clock } from "../../clock/clock.ts";
import type { Deadline } from "../../clock/deadline.ts";
import type { Socket } from "../../runtime/socket.ts";
import type { Route } from "../dial/route.ts";
import type { Http1Limits } from "../http1/engine.ts";
import type { Connection } from "./connection.ts";
import { Http1Connection } from "./http1_connection.ts";

/** Connects a socket along a route. */
export type Dial = (route: Route, signal: AbortSignal) => Promise<Socket>;

/** What every connection of a transport has in common. */
export interface OpenInit {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly http1Limits: Partial<Http1Limits>;
}

/** One attempt to connect, and what may end it: the deadline through the controller, or the pool. */
export interface OpenWait {
  readonly deadline: Deadline;
  readonly controller: AbortController;
}

/** Makes connections. Rejects with an error of this library, or the reason of the controller. */
export type Open = (route: Route, wait: OpenWait) => Promise<Connection>;

/** A function that dials within the deadline's connect phase, and puts an engine on the socket. */
export function makeOpen(init: OpenInit): Open {
  return async (route, { deadline, controller }) => {
    const peer = `${route.target.host}:${route.target.port}`;
    deadline.enter("connect", {
      onExpiry: (expiry) => controller.abort(deadline.errorFor(expiry, { peer })),
    });
    const socket = await init.dial(route, controller.signal);
    return new Http1Connection({ socket, clock: init.clock, peer, limits: init.http1Limits });
  };
}
