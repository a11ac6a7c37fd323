/** `json(schema)` takes any Standard Schema (zod, valibot, arktype) and returns its output, typed. */
import * as httpx from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();

/** A schema by hand, so that this file needs no package; with zod it is `z.object({ … })`. */
const Uuid = {
  "~standard": {
    version: 1,
    vendor: "example",
    validate(value: unknown): { value: { uuid: string } } | { issues: { message: string }[] } {
      const { uuid } = value as { uuid?: unknown };
      return typeof uuid === "string"
        ? { value: { uuid } }
        : { issues: [{ message: "uuid is missing" }] };
    },
  },
} as const;

const { uuid } = await (await httpx.get(`${server.url}/uuid`)).json(Uuid);
console.log(uuid.length);
