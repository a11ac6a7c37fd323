/** The stand-in server as a program of its own: prints its URL, ends with its standard input. */
import process from "node:process";
import { startHttpbin } from "./httpbin.ts";

const server = startHttpbin();
console.log(server.url);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
