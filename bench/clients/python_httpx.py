"""Python httpx behind the protocol of worker.ts: a line of JSON in, a line of JSON out."""
import asyncio
import json
import sys
import time

import httpx


async def run(client, job):
    url = job["server"] + job["path"]
    body = bytes([120]) * 1024 if job["method"] == "POST" else None
    started = time.perf_counter()
    end = started + job["seconds"]
    counts = [0] * job["concurrency"]

    async def loop(slot):
        while time.perf_counter() < end:
            response = await client.request(job["method"], url, content=body)
            if len(response.content) != job["size"]:
                raise RuntimeError(f"body of {len(response.content)} bytes")
            counts[slot] += 1

    await asyncio.gather(*(loop(slot) for slot in range(job["concurrency"])))
    return {"value": sum(counts) / (time.perf_counter() - started)}


async def main():
    async with httpx.AsyncClient(trust_env=False) as client:
        print(json.dumps({"ready": f"Python {sys.version.split()[0]}, httpx {httpx.__version__}"}), flush=True)
        for line in sys.stdin:
            print(json.dumps(await run(client, json.loads(line))), flush=True)


asyncio.run(main())
