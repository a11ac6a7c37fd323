"""Python httpx behind the protocol of worker.ts: a line of JSON in, a line of JSON out."""
import asyncio
import json
import sys
import time

import httpx


async def run(client, job):
    url = job["server"] + job["path"]
    body = bytes([120]) * 1024 if job["method"] == "POST" else None
    cpu = time.process_time()
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
    return figures(sum(counts), started, cpu)


def run_sync(client, job):
    url = job["server"] + job["path"]
    body = bytes([120]) * 1024 if job["method"] == "POST" else None
    cpu = time.process_time()
    started = time.perf_counter()
    end = started + job["seconds"]
    count = 0
    while time.perf_counter() < end:
        response = client.request(job["method"], url, content=body)
        if len(response.content) != job["size"]:
            raise RuntimeError(f"body of {len(response.content)} bytes")
        count += 1
    return figures(count, started, cpu)


def figures(count, started, cpu):
    seconds = time.perf_counter() - started
    return {"value": count / seconds, "cpuMicros": (time.process_time() - cpu) * 1e6 / count}


def tell(value):
    print(json.dumps(value), flush=True)


READY = {"ready": f"Python {sys.version.split()[0]}, httpx {httpx.__version__}"}


def main_sync():
    with httpx.Client(trust_env=False) as client:
        tell(READY)
        for line in sys.stdin:
            tell(run_sync(client, json.loads(line)))


async def main():
    async with httpx.AsyncClient(trust_env=False) as client:
        tell(READY)
        for line in sys.stdin:
            tell(await run(client, json.loads(line)))


if "python_sync" in sys.argv:
    main_sync()
else:
    asyncio.run(main())
