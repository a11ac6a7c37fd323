/** Send and receive messages over a WebSocket, find out how far away the server is, and how it ended. */
import { Client } from "@httpx/httpx";
import { WebSocketClosed, WebSocketRefused } from "@httpx/httpx/websocket";
import { startEcho } from "./support/echo_websockets.ts";

const server = startEcho();
{
  await using client = new Client({ headers: { authorization: "Bearer key" } });
  try {
    await using socket = await client.websocket(server.url, {
      keepAliveMs: 30_000, // a server that is silent for so long is asked, and given up after as much again
      maxMessageBytes: 1024 * 1024,
    });
    const delayMs = await socket.ping();
    console.log(`The server is ${delayMs < 1000 ? "near" : "far away"}`);
    for (const text of ["hello", "how are you?", "bye"]) await socket.send(text);
    for await (const message of socket) console.log(message);
    console.log(`Closed: ${socket.closeInfo?.code} ${socket.closeInfo?.reason}`);
  } catch (error) {
    if (error instanceof WebSocketRefused) console.log(`Refused: ${error.response.status}`);
    else if (error instanceof WebSocketClosed) console.log(`Closed: ${error.code} ${error.reason}`);
    else throw error;
  }
}
await server.stop();
