/** The counterparts of the samples of httpx's documents: that they run, and that none is forgotten. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startHttpbin } from "../../examples/support/httpbin.ts";
import { HTTPBIN } from "../interop/real_servers.ts";
import { authorities, certificatePath, client } from "../support/certificates.ts";
import { scriptCommand } from "../support/runtimes.ts";
import { hurried, startHosts } from "./hosts.ts";
import { type Document, DOCUMENTS } from "./documents.ts";
import { type Counterpart, sectionsOf } from "./sections.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const sections = sectionsOf(readFileSync(join(ROOT, "examples/from_httpx.md"), "utf8"));
const counterparts = sections.map(({ counterpart }) => counterpart);

/** The documents, where they are beside the project. */
const DOCUMENTS_FOLDER = join(ROOT, "../shared/seeds");

describe("from_httpx.md", () => {
  it("has every sample about httpx, by document and heading", () => {
    for (const { title, samples } of DOCUMENTS) {
      const counted = samples.map(([heading, count]) => `${heading}: ${count}`);
      assertEquals(countsOnPage(title).join("\n"), counted.join("\n"));
    }
  });

  (existsSync(DOCUMENTS_FOLDER) ? it : it.skip)("quotes the documents word by word", () => {
    for (const document of DOCUMENTS) {
      const quoted = sections.filter(({ document: title }) => title === document.title)
        .flatMap(({ samples }) => samples);
      assertEquals(quoted.map(trimmed).join("\n--\n"), samplesIn(document).join("\n--\n"));
    }
  });

  it("runs against the stand-in for httpbin", async () => {
    await using httpbin = startHttpbin();
    assertEquals(await failuresOf(counterparts, httpbin.url), "");
  });

  (HTTPBIN.isInstalled ? it : it.skip)("runs against the real httpbin", async () => {
    await using httpbin = await HTTPBIN.start();
    const asking = counterparts.filter(({ code }) => code.includes("httpbin.org"));
    assertEquals(await failuresOf(asking, httpbin.url), "");
  });
});

/** How many samples of a document stand on the page, by heading, as in `DOCUMENTS`. */
function countsOnPage(title: string): string[] {
  const counts: [heading: string, count: number][] = [];
  for (const { document, heading, samples } of sections) {
    if (document !== title) continue;
    const last = counts.at(-1);
    if (last?.[0] === heading) last[1] += samples.length;
    else counts.push([heading, samples.length]);
  }
  return counts.map(([heading, count]) => `${heading}: ${count}`);
}

/** The fenced blocks of a document, without those that are not about httpx. */
function samplesIn({ file, others }: Document): string[] {
  const text = readFileSync(join(DOCUMENTS_FOLDER, file), "utf8");
  const blocks = [...text.matchAll(/^ *```.*\n([\s\S]*?)\n? *```$/gm)];
  return blocks.map(([, code = ""]) => trimmed(code)).filter((_, i) =>
    !others.some(([first, last]) => first <= i + 1 && i + 1 <= last)
  );
}

/** Blanks at the ends of lines say nothing. */
function trimmed(code: string): string {
  return code.split("\n").map((line) => line.trimEnd()).join("\n").replace(/^\n+|\n+$/g, "");
}

/** Runs blocks, each a module of its own, in one process; says what failed. */
async function failuresOf(
  blocks: readonly Counterpart[],
  httpbinURL: string,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-samples-"));
  const files = join(folder, "files");
  try {
    await mkdir(files);
    await using hosts = await startHosts(httpbinURL, files);
    for (const name of FILES) await writeFile(join(files, name), "<... binary content ...>");
    await writeFile(join(files, ".netrc"), "default login ada password lovelace\n", {
      mode: 0o600,
    });
    for (const { place, code, options } of blocks) {
      const paced = hurried(code, options.includes("patient"));
      const text = options.includes("untouched")
        ? code
        : hosts.localised(paced, { tls: options.includes("tls") });
      const module = `${text}\nexport {};\n`;
      await writeFile(join(folder, `${place.replace(/^.*:/, "").padStart(5, "0")}.ts`), module);
    }
    await writeCertificates(files);
    await runProgram(folder);
    const outcomes = JSON.parse(await readFile(join(folder, "outcomes.json"), "utf8"));
    assertEquals(outcomes.ran, blocks.length);
    return Object.entries(outcomes.failures).map(([place, why]) => `${place}: ${why}`).join("\n");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the samples upload. */
const FILES = [
  "report.xls",
  "report.pdf",
  "photo1.jpg",
  "photo2.jpg",
  "photo.jpg",
  "data.csv",
  "foo.png",
  "bar.png",
];

/** What the samples call `client.pem` holds whom to trust, and, elsewhere, who one is: here it holds both. */
async function writeCertificates(folder: string): Promise<void> {
  for (const name of ["path/to", "ca-certs", "custom"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const clientPEM = client.cert + client.key + authorities.ca;
  for (const name of ["client.pem", "path/to/client.pem"]) {
    await writeFile(join(folder, name), clientPEM);
  }
  await writeFile(join(folder, "path/to/client.key"), client.key);
  for (const name of ["ca-certs", "custom"]) {
    await writeFile(join(folder, name, "ca-bundle.crt"), authorities.ca);
  }
}

function runProgram(folder: string): Promise<void> {
  const script = join(ROOT, "tests/examples/blocks_program.ts");
  const [program = "", ...args] = scriptCommand(script, [folder]);
  const child = spawn(program, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      NO_COLOR: "1",
      SSL_CERT_FILE: certificatePath("ca"), // the samples ask servers that everybody trusts
      SSLKEYLOGFILE: join(folder, "files/test.log"),
    },
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => code === 0 ? resolve() : reject(new Error(`ended with ${code}`)));
  });
}
