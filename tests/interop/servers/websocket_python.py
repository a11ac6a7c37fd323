"""An echo server over the websockets package: python3 websocket_python.py PORT"""
import asyncio
import sys

import websockets


async def answer(socket):
    async for message in socket:
        if message == "close":
            await socket.close(4001, "as you wish")
        else:
            await socket.send(message)


async def main():
    async with websockets.serve(answer, "127.0.0.1", int(sys.argv[1]), max_size=None):
        await asyncio.Future()


asyncio.run(main())
