import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ambientState, importsForEffect } from "./ambient.ts";
import { circles, FLOORS, importFault } from "./floors.ts";
import { hostNames } from "./host_names.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse, ROOT, source, sourcesBelow } from "./source.ts";

const house = [
  ...(existsSync(join(ROOT, "mod.ts")) ? [source("mod.ts")] : []),
  ...sourcesBelow("src"),
];

describe("imports of src", () => {
  it("lead down or stay in their room", () => {
    const faults = house.flatMap((file) =>
      file.imports.flatMap((imported) => {
        const fault = importFault(file.path, imported);
        return fault === null
          ? []
          : [`${file.path}:${imported.line} ${imported.specifier} ${fault}`];
      })
    );
    assertEquals(faults, []);
  });

  it("have a floor for each room that is there, and no other", () => {
    assertEquals(Object.keys(FLOORS).filter((room) => !existsSync(join(ROOT, room))), []);
  });

  it("have no circles", () => {
    assertEquals(circles(house), []);
  });

  it("name Deno, Bun and Node in src/runtime alone", () => {
    const outside = house.filter((file) => !file.path.startsWith("src/runtime/"));
    assertEquals(outside.flatMap(hostNames), []);
  });

  it("load what few programs need when it is needed: HTTP/2, proxies, retries, the sockets of other runtimes", () => {
    const lazy = [
      /^src\/wire\/(connection\/http2_|http2\/(?!reasons))/,
      /^src\/(wire\/websocket|wire\/connection\/websocket|client\/websocket|websocket|transports\/websocket)\b/,
      /^src\/wire\/dial\/proxy\/(?!hop|ip_address)/,
      /^src\/runtime\/adapters\/(bun_|node_)/,
      /^src\/middleware\/(?!middleware\.ts)/,
    ];
    const loaded = loadedWith("mod.ts");
    assertEquals(loaded.filter((path) => lazy.some((part) => part.test(path))), []);
    // The patterns fit what is there.
    const missed = lazy.filter((part) => !house.some(({ path }) => part.test(path)));
    assertEquals([missed, loaded.includes("src/wire/http1/engine.ts")], [[], true]);
  });
});

describe("modules of src", () => {
  it("keep nothing in variables that a caller hands in", () => {
    assertEquals(house.flatMap(ambientState), []);
  });

  it("are imported for what they export, not for what loading them does", () => {
    assertEquals(house.flatMap(importsForEffect), []);
  });
});

describe("ambientState()", () => {
  const found = (text: string) => ambientState(parse("src/a.ts", `let x = null, y;\n${text}`));

  it("finds every way in which an exported function keeps what it is given", () => {
    for (
      const text of [
        "export function use(given) { x = given; }",
        "export const use = (given) => { x = given; };",
        "export function use({ given }) { x ??= given; }",
        "export class A { static use(given) { x = given; } }",
        "export function use() { y = 1; }",
        "export function use(given) { befriend(() => { x = () => given; }); }",
      ]
    ) {
      assertEquals(found(text).length, 1, text);
    }
  });

  it("lets a module remember what it made, count, and use its own variables otherwise", () => {
    for (
      const text of [
        "export function table() { return x ??= make(); }",
        "export function next() { return ++x; }",
        "export function read() { const z = x; return z; }",
        "function reset() { x = null; }",
        "export class A { static #b: true = befriend(() => { x = (a) => a.#c; }); #c = 1; }",
        "const state = { x }; export function use(given) { state.x = given.x; }",
      ]
    ) {
      assertEquals(found(text), [], text);
    }
  });
});

describe("importFault()", () => {
  const fault = (
    from: string,
    specifier: string,
    statement = `import { x } from "${specifier}";`,
  ) => {
    const [imported] = parse(from, statement).imports;
    return imported === undefined ? "no import" : importFault(from, imported);
  };

  it("lets an import down, or inside a room", () => {
    assertEquals(fault("src/client/send.ts", "../message/request.ts"), null);
    assertEquals(fault("src/wire/http1/engine.ts", "./state.ts"), null);
    assertEquals(fault("src/wire/http2/engine.ts", "./hpack/encoder.ts"), null);
    assertEquals(fault("mod.ts", "./src/client/client.ts"), null);
  });

  it("finds every wrong way", () => {
    assertEquals(fault("src/wire/pool/pool.ts", "../connection/open.ts"), null);
    assertEquals(
      fault("src/wire/connection/open.ts", "../pool/pool.ts"),
      "leads up, from floor 4 to floor 5",
    );
    assertEquals(
      fault("src/message/content/form.ts", "../cookies/jar.ts"),
      "leads sideways on floor 2",
    );
    assertEquals(
      fault("src/wire/pool/pool.ts", "../../message/timeout.ts"),
      "leads from wire to message",
    );
    assertEquals(
      fault("src/auth/auth.ts", "../wire/http1/engine.ts"),
      "leads from message to wire",
    );
    assertEquals(
      fault("src/wire/http1/engine.ts", "../../runtime/socket.ts"),
      "leads out of an engine",
    );
    assertEquals(
      fault("src/client/send.ts", "../misc/x.ts"),
      "leads to or from a room without a floor",
    );
    assertEquals(fault("src/client/send.ts", "npm:x"), "is not a file of this repository");
    assertEquals(fault("src/client/send.ts", "node:fs"), "is not a file of this repository");
  });

  it("counts types, dynamic imports and re-exports too, but for the type of an error's request", () => {
    const up = "leads up, from floor 3 to floor 8";
    const path = "../client/send.ts";
    const from = "src/message/request.ts";
    assertEquals(fault(from, path, `import type { X } from "${path}";`), up);
    assertEquals(fault(from, path, `export * from "${path}";`), up);
    assertEquals(fault(from, path, `const x = await import("${path}");`), up);
    assertEquals(fault(from, path, `let x: import("${path}").X;`), up);
    const message = "./message/request.ts";
    assertEquals(fault("src/errors.ts", message, `import type { R } from "${message}";`), null);
    assertEquals(fault("src/errors.ts", message), "leads up, from floor 0 to floor 3");
    const response = "./message/response/response.ts";
    assertEquals(
      fault("src/errors.ts", response, `import type { R } from "${response}";`),
      "leads up, from floor 0 to floor 3",
    );
  });
});

describe("circles()", () => {
  it("finds a ring and names its files", () => {
    const files = [
      parse("src/client/a.ts", `import "./b.ts";`),
      parse("src/client/b.ts", `import type { C } from "./c.ts";`),
      parse("src/client/c.ts", `export * from "./b.ts";`),
    ];
    assertEquals(circles(files), ["src/client/b.ts → src/client/c.ts → src/client/b.ts"]);
  });

  it("counts types, but for that of an error's request", () => {
    const around = (path: string) => [
      parse("src/errors.ts", `import type { R } from "./${path}";`),
      parse(
        `src/${path}`,
        `import { E } from "${"../".repeat(path.split("/").length - 1)}errors.ts";`,
      ),
    ];
    assertEquals(circles(around("message/request.ts")), []);
    const [ring] = circles(around("message/response/response.ts"));
    assertEquals(ring, "src/errors.ts → src/message/response/response.ts → src/errors.ts");
  });
});

describe("hostNames()", () => {
  it("finds a runtime's name as an identifier, a key, a module and a pattern", () => {
    const names = hostNames(parse(
      "src/client/a.ts",
      `Deno.env; globalThis.Bun; "Deno" in globalThis; process.exit(); load("node:zlib"); Buffer.from(""); /(?:Deno|Cl)/;`,
    ));
    assertEquals(names.map((found) => found.split(" ")[1]), [
      "Deno",
      "Bun",
      "Deno",
      "process",
      "node:zlib",
      "Buffer",
      "Deno",
    ]);
  });

  it("lets other things have these names, and comments say them", () => {
    const text =
      `// Deno does this\nclass A { process() {} }\nnew A().process(); const s = "on Bun it differs";`;
    assertEquals(hostNames(parse("src/client/a.ts", text)), []);
  });
});

/** The files that importing one of them loads, itself first. */
function loadedWith(path: string): string[] {
  const loaded = new Set([path]);
  for (const file of loaded) { // a set is walked to the files that come meanwhile
    for (const { target, typeOnly, isLazy } of source(file).imports) {
      if (target !== null && !typeOnly && !isLazy) loaded.add(target);
    }
  }
  return [...loaded];
}
