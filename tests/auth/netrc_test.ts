/** NetRCAuth with files on disk and a client over loopback sockets. */
import { Client, MockTransport, NetRCAuth, Response } from "@httpx/httpx";
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { inspect } from "node:util";
import { startLocalServer } from "../support/local_server.ts";
import { denoProgram, runtime } from "../support/runtimes.ts";

const CREDENTIALS = "machine 127.0.0.1 login ada password lovelace\n";

/** Runs a test with a folder, and with variables of the environment set (`undefined`: not set). */
async function withFolder(
  run: (folder: string) => Promise<void>,
  variables: (folder: string) => Record<string, string | undefined> = () => ({}),
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-netrc-"));
  const before = { ...process.env };
  try {
    setVariables(variables(folder));
    await run(folder);
  } finally {
    setVariables({ NETRC: before.NETRC, HOME: before.HOME, USERPROFILE: before.USERPROFILE });
    await rm(folder, { recursive: true });
  }
}

function setVariables(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** What a server on 127.0.0.1 gets from a client with this authentication. */
async function sent(auth: NetRCAuth, path = "/"): Promise<string> {
  await using server = await startLocalServer((request, response) =>
    response.end(request.headers.authorization ?? "none")
  );
  await using client = new Client({ baseURL: server.url, auth });
  return await (await client.get(path)).text();
}

const ADA = `Basic ${btoa("ada:lovelace")}`;

describe("NetRCAuth", () => {
  it("sends what a given file has for the host, and nothing where it has none", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "my netrc");
      await writeFile(path, CREDENTIALS);
      assertEquals(await sent(new NetRCAuth(path)), ADA);
      await writeFile(path, "machine 127.0.0.2 login ada password lovelace");
      assertEquals(await sent(new NetRCAuth(path)), "none");
      await writeFile(path, "machine 0.0.1 login a password b machine 127.0.0.1 login ada");
      assertEquals(await sent(new NetRCAuth(path)), "none");
      await writeFile(path, "machine localhost. login ada password lovelace");
      for (const url of ["http://localhost/", "http://localhost./"]) {
        const transport = new MockTransport(({ headers }) =>
          new Response(200, { text: headers.get("authorization") ?? "none" })
        );
        await using client = new Client({ transport, auth: new NetRCAuth(path) });
        assertEquals(await (await client.get(url)).text(), ADA, url);
      }
      await writeFile(path, "default login ada password lovelace");
      assertEquals(await sent(new NetRCAuth(path)), ADA);
    });
  });

  it("reads the file that NETRC names, else the one in the home folder", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "named"), CREDENTIALS);
      await writeFile(join(folder, ".netrc"), CREDENTIALS.replace("ada", "home"));
      assertEquals(await sent(new NetRCAuth()), ADA);
      setVariables({ NETRC: undefined });
      assertEquals(await sent(new NetRCAuth()), `Basic ${btoa("home:lovelace")}`);
    }, (folder) => ({ NETRC: join(folder, "named"), HOME: folder, USERPROFILE: undefined }));
  });

  it("reads _netrc on Windows, after .netrc", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "_netrc"), CREDENTIALS);
      assertEquals(await sent(new NetRCAuth()), ADA);
      setVariables({ USERPROFILE: undefined, HOME: folder });
      assertEquals(await sent(new NetRCAuth()), "none");
    }, (folder) => ({ NETRC: undefined, HOME: undefined, USERPROFILE: folder }));
  });

  it("is silent where its own file is not there", async () => {
    await withFolder(async () => {
      assertEquals(await sent(new NetRCAuth()), "none");
      setVariables({ NETRC: undefined });
      assertEquals(await sent(new NetRCAuth()), "none");
      setVariables({ HOME: undefined });
      assertEquals(await sent(new NetRCAuth()), "none");
    }, (folder) => ({ NETRC: join(folder, "no"), HOME: folder, USERPROFILE: undefined }));
  });

  (runtime === "deno" ? it : it.skip)("is silent without Deno's permissions", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, ".netrc"), CREDENTIALS);
      const script = join(folder, "program.ts");
      const mod = new URL("../../mod.ts", import.meta.url).href;
      await writeFile(
        script,
        `import { NetRCAuth } from "${mod}"; new NetRCAuth(); console.log(1);`,
      );
      for (const flags of [[], ["--allow-env"]]) {
        const { code, stdout, stderr } = await new Deno.Command(denoProgram(), {
          args: ["run", "--no-check", "--no-prompt", ...flags, script],
          env: { NO_COLOR: "1", HOME: folder, DENO_DIR: join(folder, "deno") },
          stdin: "null",
        }).output();
        const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
        assertEquals([code, out, err], [0, "1", ""]);
      }
    });
  });

  it("refuses a given file that can't be read, and says which", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "none");
      assertThrows(
        () => new NetRCAuth(path),
        TypeError,
        `Cannot read netrc file ${JSON.stringify(path)}: it is not there, or may not be read`,
      );
      assertThrows(() => new NetRCAuth(folder), TypeError, "Cannot read netrc file");
      assertThrows(
        () => new NetRCAuth(7 as unknown as string),
        TypeError,
        "Cannot read a netrc file: its path is of type number",
      );
      await Promise.resolve();
    });
  });

  it("names file and line of a mistake, in its own file too", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, ".netrc");
      await writeFile(path, 'machine a\n  login b\n  password "my s3cret\n');
      for (const file of [path, undefined]) {
        const error = assertThrows(() => new NetRCAuth(file), SyntaxError);
        assertEquals(
          error.message,
          `Cannot read netrc file ${JSON.stringify(path)}: line 3: a quote has no end`,
        );
      }
    }, (folder) => ({ NETRC: undefined, HOME: folder }));
  });

  it("follows no redirect to another origin, on the same host", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "netrc");
      await writeFile(path, CREDENTIALS);
      await using other = await startLocalServer((_, response) => response.end("there"));
      await using server = await startLocalServer((_, response) => {
        response.writeHead(307, { location: other.url }).end();
      });
      await using client = new Client({ auth: new NetRCAuth(path), followRedirects: true });
      await client.post(server.url, { content: "x" });
      assertEquals(server.received[0]?.headers.authorization, ADA);
      assertEquals(other.received[0]?.headers.authorization, undefined);
    });
  });

  it("shows no secret when it is printed", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "netrc");
      await writeFile(path, CREDENTIALS);
      const auth = new NetRCAuth(path);
      const shown = inspect(auth, { depth: 9, showHidden: true }) + JSON.stringify(auth);
      assertEquals(shown.includes("lovelace"), false, shown);
    });
  });
});
