/** Asks each URL, trusting those who are named, and prints the statuses, or why there is none. */
import process from "node:process";
import { Client, createTLSContext } from "../../mod.ts";

const [ca = "", ...urls] = process.argv.slice(2);
await using client = new Client({ verify: createTLSContext({ ca: ca.split(",") }) });
const outcomes: string[] = [];
for (const url of urls) {
  const outcome = client.get(url).then(({ status }) => String(status), ({ message }) => message);
  outcomes.push(await outcome);
}
console.log(outcomes.join(" ").replace(/:\d+/g, ":PORT"));
