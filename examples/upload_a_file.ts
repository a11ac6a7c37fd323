/** Upload a file from disk as multipart: it is streamed, never loaded whole. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as httpx from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";
import { openForUpload } from "./support/open_for_upload.ts";

await using server = startHttpbin();
const folder = await mkdtemp(join(tmpdir(), "httpx-"));
const path = join(folder, "report.csv");
await writeFile(path, "name,score\nAda,10\n");

try {
  // On Deno: `using file = await Deno.open(path)`. On Bun: `const file = Bun.file(path)`.
  using upload = await openForUpload(path);
  const response = await httpx.post(`${server.url}/post`, {
    data: { title: "Scores" },
    files: { report: ["report.csv", upload.file, "text/csv"] },
  });
  const { form, files } = await response.json<{ form: unknown; files: unknown }>();
  console.log(form, files);
} finally {
  await rm(folder, { recursive: true });
}
