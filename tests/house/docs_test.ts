import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deno, inTemporaryFolder, typedImports } from "./deno_command.ts";
import { docSnippets, markdownSnippets, type Snippet } from "./snippets.ts";
import { parse, ROOT, source, type SourceFile, sourcesBelow } from "./source.ts";

const DOORS = [
  ...["mod.ts", "src/edge/mod.ts", "src/cli/main.ts"],
  ...["cache", "rate_limit", "retry", "telemetry"].map((name) => `src/middleware/${name}/mod.ts`),
  "src/websocket/mod.ts",
];
const snippets = [
  ...DOORS.slice(0, 1).filter((path) => existsSync(join(ROOT, path))).map(source).flatMap(
    docSnippets,
  ),
  ...sourcesBelow("src").flatMap(docSnippets),
  ...pageSnippets("README.md"),
];
/** Another test runs these, on every runtime. */
const counterparts = pageSnippets("examples/from_httpx.md");

describe("documentation", () => {
  it("passes deno doc --lint", async () => {
    const { ok, output } = await deno(["doc", "--lint", ...DOORS]);
    assert(ok, output);
  });

  it("has its tags at the beginning of lines, where tools look for them", () => {
    assertEquals([...DOORS.map(source), ...sourcesBelow("src")].flatMap(lostTags), []);
  });

  it("has an example for every public class, function and value", async () => {
    const { ok, stdout, output } = await deno(["doc", "--json", ...DOORS]);
    assert(ok, output);
    assertEquals(symbolsWithoutExample(JSON.parse(stdout)), []);
  });

  it("has examples whose types check", async () => {
    await inTemporaryFolder(async (folder) => {
      const config = { imports: await typedImports(), lock: false }; // a reader's options: the defaults
      await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(config));
      for (const { place, code } of [...snippets, ...counterparts]) {
        const name = place.replaceAll(/[/:]/g, "__") + ".ts";
        await Deno.writeTextFile(join(folder, name), `${code}\nexport {};\n`);
      }
      const { ok, output } = await deno([
        "check",
        "--quiet",
        "--config",
        join(folder, "deno.json"),
        folder,
      ]);
      assert(ok, output);
    });
  });
});

describe("example", () => {
  for (const { place, code, visitsExampleOrg } of snippets.filter(({ runs }) => runs)) {
    it(`${place} runs`, () => visitsExampleOrg ? runOnExampleOrg(code) : run(code));
  }
});

describe("lostTags()", () => {
  it("finds tags in the middle of a line", () => {
    const text =
      "/** A. @internal */\n/** @internal B. */\n/**\n * C, {@link A}, a@b.\n * @throws {D}\n" +
      " * As it is. @param e @example `@throws`\n */";
    assertEquals(lostTags(parse("src/a.ts", text)), ["src/a.ts:1 @internal", "src/a.ts:6 @param"]);
  });
});

describe("docSnippets()", () => {
  it("finds the ts blocks of comments with their lines", () => {
    const text =
      "/**\n * A.\n * @example One\n * ```ts\n * const a = `x`;\n *\n * a;\n * ```\n */\n" +
      "class A {\n  /**\n   * ```ts ignore\n   * b;\n   * ```\n   * ```sh\n   * c\n   * ```\n   */\n  b = 1;\n}";
    assertEquals(docSnippets(parse("src/a.ts", text)), [
      {
        place: "src/a.ts:5",
        code: "const a = `x`;\n\na;\n",
        runs: true,
        visitsExampleOrg: false,
      },
      { place: "src/a.ts:13", code: "b;\n", runs: false, visitsExampleOrg: false },
    ]);
  });
});

function lostTags(file: SourceFile): string[] {
  return [...file.text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const first = file.text.slice(0, index).split("\n").length;
    return comment.split("\n").flatMap((line, i) => {
      const tag = LOST_TAG.exec(line)?.[1];
      return tag === undefined ? [] : [`${file.path}:${first + i} ${tag}`];
    });
  });
}

/** A tag after other words of its line. */
const LOST_TAG = /^(?:\s*\/?\*+)? *[^@\s*/][^@`]* (@(?:internal|throws|param|returns|example))\b/;

async function run(code: string): Promise<void> {
  const text = encodeURIComponent(`${code}\nexport {};`);
  await import(`data:application/typescript;charset=utf-8,${text}`);
}

/** The functions without a client take no transport: their examples would be more server than example. */
async function runOnExampleOrg(code: string): Promise<void> {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  await using server = Deno.serve(options, exampleOrg);
  await run(code.replaceAll("https://example.org", `http://127.0.0.1:${server.addr.port}`));
}

async function exampleOrg(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  switch (`${request.method} ${pathname}`) {
    case "GET /search":
      return new Response(`Found: ${searchParams.get("q")}`);
    case "GET /large.ndjson":
      return new Response('{"id":1}\n{"id":2}\n');
    case "HEAD /large.iso":
      return new Response(null, { headers: { "content-length": "4096" } });
    case "OPTIONS /":
      return new Response(null, { headers: { allow: "GET, HEAD" } });
    case "POST /items":
    case "QUERY /items":
      return Response.json({ id: 7, ...await request.json() });
    case "PROPFIND /files/":
      return new Response(null, { status: request.headers.get("depth") === "1" ? 207 : 403 });
    case "PUT /notes/1":
    case "PATCH /items/7":
    case "DELETE /items/7":
      await request.arrayBuffer();
      return new Response(null, { status: 204 });
    default:
      return new Response(null, { status: 404 });
  }
}

function pageSnippets(path: string): Snippet[] {
  const page = join(ROOT, path);
  return existsSync(page) ? markdownSnippets(path, readFileSync(page, "utf8")) : [];
}

/** The part of `deno doc --json` that matters here. */
interface Documentation {
  readonly nodes: Record<string, {
    readonly symbols: {
      readonly name: string;
      readonly declarations: {
        readonly declarationKind: string;
        /** "reference" where another door has shown the symbol already. */
        readonly kind: string;
        readonly jsDoc?: { readonly tags?: { readonly kind: string }[] };
      }[];
    }[];
  }>;
}

/** A type of options or of a value is shown where it is used: an example of its own would be that again. */
const EXEMPLIFIED: ReadonlySet<string> = new Set(["class", "function", "variable"]);

/** The errors that extend another one of ours. */
const subclasses: ReadonlySet<string> = new Set(
  Array.from(
    source("src/errors.ts").text.matchAll(/^export class (\w+) extends (?!Error\b)/gm),
    ([, name = ""]) => name,
  ),
);

function symbolsWithoutExample({ nodes }: Documentation): string[] {
  return Object.entries(nodes).flatMap(([file, { symbols }]) =>
    symbols
      .filter(({ declarations }) =>
        declarations.some((d) => d.declarationKind === "export" && EXEMPLIFIED.has(d.kind)) &&
        !declarations.some((d) => d.jsDoc?.tags?.some(({ kind }) => kind === "example"))
      )
      // Of the errors one example a family: what tells siblings apart is a sentence.
      .filter(({ name }) => !subclasses.has(name))
      .map(({ name }) => `${file.slice(file.lastIndexOf("/") + 1)}: ${name}`)
  );
}
