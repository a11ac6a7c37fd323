/** A server that takes its leave by GOAWAY, as it should: nobody notices. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Client } from "@httpx/httpx";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { certificatePath } from "../support/certificates.ts";
import { freePort } from "../support/connections/free_port.ts";
import { startProgram } from "./real_servers.ts";

const PROGRAM = "/usr/sbin/nginx";

/** nginx with a master that can be told to begin anew. */
async function startNginx(): Promise<AsyncDisposable & { url: string; reload(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-reload-"));
  await mkdir(join(folder, "root"));
  await writeFile(join(folder, "root/1k.bin"), new Uint8Array(1024));
  const port = await freePort();
  const config = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
user root; events {} http { access_log off; client_body_temp_path ${folder};
proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder};
scgi_temp_path ${folder}; server { listen 127.0.0.1:${port} ssl http2; root ${folder}/root;
ssl_certificate ${certificatePath("server")}; ssl_certificate_key ${certificatePath("server_key")};
} }`;
  await writeFile(join(folder, "nginx.conf"), config);
  const args = ["-c", join(folder, "nginx.conf"), "-p", folder, "-e", join(folder, "error.log")];
  const server = await startProgram({ program: PROGRAM, args, port, folder });
  const signal = async (name: "SIGHUP" | "SIGTERM") => {
    process.kill(Number(await readFile(join(folder, "pid"), "utf8")), name);
  };
  return {
    url: `https://127.0.0.1:${port}`,
    reload: () => signal("SIGHUP"),
    async [Symbol.asyncDispose]() {
      await signal("SIGTERM"); // its workers end with it
      await new Promise((resolve) => setTimeout(resolve, 100));
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("nginx that reloads under load", () => {
  (existsSync(PROGRAM) ? it : it.skip)("fails no request of an HTTP/2 client", async () => {
    await using server = await startNginx();
    await using client = new Client({
      baseURL: server.url,
      verify: certificatePath("ca"),
      http2: true,
      timeout: 10_000,
    });
    const failures: unknown[] = [];
    let answered = 0;
    let isOver = false;
    const load = Array.from({ length: 20 }, async () => {
      while (!isOver) {
        await client.get("/1k.bin").then(() => answered++, (error) => failures.push(error));
      }
    });
    for (let i = 0; i < 3; i++) {
      const enough = answered + 500;
      while (answered < enough && failures.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await server.reload();
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    isOver = true;
    await Promise.all(load);
    assertEquals(failures.map(String), []);
    assert(answered > 1500, `${answered} answers`);
  });
});
