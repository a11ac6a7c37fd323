/** Asks each URL, trusting an authority beside the usual ones, and prints the statuses. */
import process from "node:process";
import { Client, createTLSContext } from "../../mod.ts";

const [ca = "", ...urls] = process.argv.slice(2);
await using client = new Client({ verify: createTLSContext({ ca: ["runtime", ca] }) });
const statuses: number[] = [];
for (const url of urls) statuses.push((await client.get(url)).status);
console.log(statuses.join(" "));
