import { describe, it } from "@std/testing/bdd";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { StreamConsumed } from "../../../src/errors.ts";
import {
  boundaryFor,
  encodeMultipart,
  fieldPart,
  fileParts,
  type FilesInit,
  formDataParts,
  MultipartSource,
} from "../../../src/message/content/multipart.ts";
import { assertSameBytes, bytesFrom, chunksOf, concat, textOf, utf8 } from "./chunks.ts";

const BOUNDARY = "b0undary";

function sourceOf(files: FilesInit, fields: Record<string, string> = {}): MultipartSource {
  const parts = Object.entries(fields).map(([name, value]) => fieldPart(name, value));
  return new MultipartSource([...parts, ...fileParts(files)], BOUNDARY);
}

async function written(files: FilesInit): Promise<string> {
  return textOf(await bytesFrom(sourceOf(files)));
}

/** What the platform's own parser makes of a form. */
async function parsed(source: MultipartSource): Promise<FormData> {
  const headers = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };
  return await new Response(await bytesFrom(source) as BodyInit, { headers }).formData();
}

function fileHead(file: string, rest: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="f"${file}\r\n${rest}\r\n`;
}

function streamOf(chunks: readonly Uint8Array[], log: string[] = []): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller): void {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
    cancel: () => void log.push("cancelled"),
  });
}

describe("MultipartSource", () => {
  it("writes what httpx writes, fields before files", async () => {
    const source = sourceOf({ upload: ["a.txt", "hello", "text/plain", { "X-A": "1" }] }, {
      a: "1",
      b: "ü",
    });
    assertEquals(
      textOf(await bytesFrom(source)),
      '--b0undary\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' +
        '--b0undary\r\nContent-Disposition: form-data; name="b"\r\n\r\nü\r\n' +
        '--b0undary\r\nContent-Disposition: form-data; name="upload"; filename="a.txt"\r\n' +
        "X-A: 1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b0undary--\r\n",
    );
    assertEquals(source.bytes?.length, source.sizeBytes);
  });

  it("is read back by the platform's parser, whatever the parts are", async () => {
    const bytes = new Uint8Array(200_000).map((_, i) => i * 31);
    const contents: Record<string, FilesInit[keyof FilesInit] | unknown> = {
      small: bytes.subarray(0, 10),
      empty: new Uint8Array(0),
      boundaryLike: utf8("\r\n--b0undar\r\n--\r\n"),
      large: bytes,
      blob: new Blob([bytes]),
      stream: streamOf([bytes.subarray(0, 70_000), bytes.subarray(70_000)]),
      text: "\r\n",
    };
    const files = Object.entries(contents).map((
      [name, content],
    ) => [name, [`${name}.bin`, content]]);
    const form = await parsed(sourceOf(files as unknown as FilesInit, { "é": "1\n2", q: "" }));
    assertEquals([form.get("é"), form.get("q")], ["1\n2", ""]);
    for (const [name, content] of Object.entries(contents)) {
      const file = form.get(name);
      if (!(file instanceof File)) throw new Error(`No file ${name}`);
      assertEquals(file.name, `${name}.bin`);
      const expected = name === "text"
        ? utf8("\r\n")
        : content instanceof Uint8Array
        ? content
        : bytes;
      assertSameBytes(new Uint8Array(await file.arrayBuffer()), expected, name);
    }
  });

  it("yields pieces of at most 64 KB, as many bytes as its size says, the same every time", async () => {
    const big = new Uint8Array(300_000).fill(7);
    const source = sourceOf({ a: big, b: new Blob([big]), c: "x" }, { d: "y" });
    const chunks = await chunksOf(source);
    assertEquals(source.isReplayable, true);
    assertEquals(Math.max(...chunks.map((chunk) => chunk.length)), 65_536);
    assertEquals(concat(...chunks).length, source.sizeBytes);
    assertSameBytes(await bytesFrom(source), concat(...chunks));
  });

  it("takes the unknown size and the single use of any one part", async () => {
    const source = sourceOf({ a: "1", b: streamOf([utf8("2")]) });
    assertEquals([source.sizeBytes, source.isReplayable, source.bytes], [null, false, null]);
    await bytesFrom(source);
    assertThrows(() => source.open(), StreamConsumed, "Cannot send this form again");
    const list = sourceOf({ a: [["x", [utf8("1")]]] });
    assertEquals([list.sizeBytes, list.isReplayable], [null, true]);
  });

  it("reads no part before its turn, and cancels every stream on return()", async () => {
    const log: string[] = [];
    const lazy = (name: string) =>
      new ReadableStream<Uint8Array>({
        pull(controller): void {
          log.push(`read ${name}`);
          controller.enqueue(utf8(name));
        },
        cancel: () => void log.push(`cancelled ${name}`),
      }, { highWaterMark: 0 });
    const iterator = sourceOf({ a: lazy("a"), b: lazy("b"), c: "c", d: lazy("d") }).open();
    await iterator.next();
    assertEquals(log, []);
    await iterator.next();
    assertEquals(log, ["read a"]);
    await iterator.return?.();
    assertEquals(log, ["read a", "cancelled a", "cancelled b", "cancelled d"]);
    assertEquals((await iterator.next()).done, true);
  });

  it("cancels the parts behind one that fails", async () => {
    const log: string[] = [];
    const failing = new ReadableStream({ pull: () => Promise.reject(new Error("disk on fire")) });
    const source = sourceOf({
      a: failing,
      b: streamOf([], []),
      c: new ReadableStream({ cancel: () => void log.push("c") }),
    });
    await assertRejects(() => bytesFrom(source), Error, "disk on fire");
    assertEquals(log, ["c"]);
  });

  it("is cancelled while a part waits", async () => {
    const log: string[] = [];
    const hung = new ReadableStream({ cancel: () => void log.push("cancelled") });
    const iterator = sourceOf({ a: hung }).open();
    await iterator.next();
    const waiting = iterator.next();
    await iterator.return?.();
    assertEquals((await waiting).done, true);
    assertEquals(log, ["cancelled"]);
  });
});

describe("fileParts", () => {
  const END = `\r\n--${BOUNDARY}--\r\n`;
  const OCTETS = "Content-Type: application/octet-stream\r\n";
  const file = (name: string, type = "") => new File(["x"], name, { type });
  const TABLE: readonly (readonly [file: FilesInit[keyof FilesInit] | unknown, head: string])[] = [
    [utf8("x"), fileHead('; filename="upload"', OCTETS)],
    ["x", fileHead('; filename="upload"', OCTETS)],
    [new Blob(["x"]), fileHead('; filename="upload"', OCTETS)],
    [
      new Blob(["x"], { type: "image/png" }),
      fileHead('; filename="upload"', "Content-Type: image/png\r\n"),
    ],
    [file("a.png"), fileHead('; filename="a.png"', "Content-Type: image/png\r\n")],
    [file("a.png", "x/y"), fileHead('; filename="a.png"', "Content-Type: x/y\r\n")],
    [file("/home/me/a.csv"), fileHead('; filename="a.csv"', "Content-Type: text/csv\r\n")],
    [["b.csv", "x"], fileHead('; filename="b.csv"', "Content-Type: text/csv\r\n")],
    [["b.csv", "x", "q/r"], fileHead('; filename="b.csv"', "Content-Type: q/r\r\n")],
    [["b.csv", file("a.png")], fileHead('; filename="b.csv"', "Content-Type: text/csv\r\n")],
    [
      ["b.csv", "x", null, { "X-A": "1" }],
      fileHead('; filename="b.csv"', "X-A: 1\r\nContent-Type: text/csv\r\n"),
    ],
    [
      ["b", "x", "q/r", { "content-type": "s/t" }],
      fileHead('; filename="b"', "content-type: s/t\r\n"),
    ],
    [
      ["b", "x", null, [["X-A", "1"], ["X-A", "2"]]],
      fileHead('; filename="b"', `X-A: 1\r\nX-A: 2\r\n${OCTETS}`),
    ],
    [[null, "x"], fileHead("", "")],
    [[null, "x", "application/json"], fileHead("", "Content-Type: application/json\r\n")],
    [["", "x"], fileHead('; filename=""', OCTETS)],
  ];
  it("fills in file name and type", async () => {
    for (const [init, head] of TABLE) {
      assertEquals(await written({ f: init } as FilesInit), `${head}x${END}`);
    }
  });

  it("escapes names as browsers do", async () => {
    const name = 'a"b\r\nc\\d\u{1f600}%22\t';
    const escaped = "a%22b%0D%0Ac\\d\u{1f600}%22\t";
    assertEquals(
      await written({ [name]: [name, "x", "a/b"] }),
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${escaped}"; filename="${escaped}"\r\n` +
        `Content-Type: a/b\r\n\r\nx${END}`,
    );
  });

  it("repeats a field for a list and for pairs", async () => {
    const [a, b] = [file("a.txt"), file("b.txt")];
    const both = await written({ f: [a, b] });
    assertEquals(both.match(/name="f"; filename="[ab].txt"/g)?.length, 2);
    assertEquals(await written([["f", a], ["f", b]]), both);
    assertEquals(await written(new Map([["f", [a, b]]])), both);
    assertEquals(await written({ f: [["a.txt", "x"], b] }), both);
    assertEquals(await written({ f: [] }), `--${BOUNDARY}--\r\n`);
  });

  it("refuses what is no file, and headers that cannot be sent", () => {
    for (const value of [1, null, {}, ["a", 1], ["a"], [["a", "x"], 1]]) {
      assertThrows(
        () => fileParts({ avatar: value } as unknown as FilesInit),
        TypeError,
        'file "avatar"',
      );
    }
    const headers: Record<string, string>[] = [{ "X-A": "1\r\nX-B: 2" }, { "X A": "1" }, {
      "X-A": "\0",
    }];
    for (const header of headers) {
      assertThrows(() => fileParts({ avatar: ["a", "x", null, header] }), TypeError, "with header");
    }
    assertThrows(
      () => fileParts({ avatar: ["a", "x", "a/b\r\nX-B: 2"] }),
      TypeError,
      "Content-Type",
    );
    assertThrows(() => fileParts(["x"] as unknown as FilesInit), TypeError, "Cannot send files");
  });
});

describe("formDataParts", () => {
  it("names an entry without a name as the standard does, whatever the runtime", async () => {
    const form = new FormData();
    form.append("f", new Blob(["x"]));
    form.append("g", new File(["y"], ""));
    const text = textOf(await bytesFrom(new MultipartSource(formDataParts(form), BOUNDARY)));
    assertEquals(text.match(/name=.*/g), ['name="f"; filename="blob"', 'name="g"; filename=""']);
  });

  it("ends the lines of a FormData's text in CRLF, as the runtime's own FormData does", async () => {
    const form = new FormData();
    form.append("a\nb\rc", "1\n2\r3\r\n4\n\r");
    form.append("f\r\ng", new File(["\n"], "n\nm", { type: "a/b" }));
    const encoded = encodeMultipart({ data: form, files: {}, contentType: null });
    assert(encoded !== null);
    const { source, type } = encoded;
    const ours = textOf(await bytesFrom(source));
    const web = new globalThis.Response(form);
    const [, boundary = ""] = /boundary=(.*)$/.exec(type) ?? [];
    const [, theirs = ""] = /boundary=(.*)$/.exec(web.headers.get("content-type") ?? "") ?? [];
    // Deno leaves out the last line end, which RFC 2046 §5.1.1 allows.
    assertEquals(ours.trimEnd(), (await web.text()).replaceAll(theirs, boundary).trimEnd());
  });

  it("keeps the entries of a FormData in order, through the platform's parser and back", async () => {
    const form = new FormData();
    form.append("a", "1");
    form.append("file", new File(["x\0y"], 'q"\n/é.png', { type: "image/png" }));
    form.append("a", "2\n3");
    form.append("blob", new Blob(["z"]));
    const back = await parsed(new MultipartSource(formDataParts(form), BOUNDARY));
    assertEquals([...back.keys()], ["a", "file", "a", "blob"]);
    assertEquals(back.getAll("a"), ["1", "2\r\n3"]);
    const file = back.get("file");
    if (!(file instanceof File)) throw new Error("No file");
    assertEquals([file.type, await file.text()], ["image/png", "x\0y"]);
    assertEquals(decodeURIComponent(file.name), 'q"\n/é.png');
  });
});

describe("boundaryFor", () => {
  it("is 32 random hex digits, or what a multipart type says", () => {
    assertMatch(boundaryFor(null), /^[0-9a-f]{32}$/);
    assertMatch(boundaryFor("application/json; boundary=x"), /^[0-9a-f]{32}$/);
    assertEquals(boundaryFor(null) === boundaryFor(null), false);
    assertEquals(boundaryFor("multipart/form-data; boundary=abc"), "abc");
    assertEquals(boundaryFor('Multipart/Related; Boundary="a b"'), "a b");
  });

  it("refuses a multipart type without one", () => {
    for (const type of ["multipart/form-data", "multipart/form-data; boundary="]) {
      assertThrows(() => boundaryFor(type), TypeError, "it has no boundary");
    }
  });
});
