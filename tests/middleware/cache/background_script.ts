/** A program that revalidates in the background, and has nothing else to do: its argument is the URL. */
import process from "node:process";
import { Client } from "@httpx/httpx";
import { cache } from "@httpx/httpx/cache";

const client = new Client({ middleware: [cache()], timeout: 60_000 });
const url = process.argv[2] ?? "";
await client.get(url);
const response = await client.get(url);
process.stdout.write(`${response.extensions.cache?.status} ${await response.text()}\n`);
// No close(): the program ends although the server never answers the second request.
