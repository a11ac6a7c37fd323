import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Response } from "../../mod.ts";
import { colored, type Paint, plain } from "../../src/cli/highlight.ts";
import { bodyKind, headText, lookFor, writeBody } from "../../src/cli/output.ts";
import { fakeProgram } from "./fake_program.ts";

const paints = { plain, colored };

/** What a body looks like on a terminal, or in a pipe. */
async function shown(
  response: Response,
  { isTerminal = true, environment = {} as Record<string, string> } = {},
): Promise<string> {
  const { program, stdout } = fakeProgram({ isTerminal, environment });
  const look = lookFor(program.stdout, { environment: program.environment, paints });
  await writeBody(response, program.stdout, look);
  return stdout.text;
}

const quiet = { environment: { NO_COLOR: "1" } };

function answer(type: string | null, content: string | Uint8Array): Response {
  return new Response(200, { headers: type === null ? {} : { "content-type": type }, content });
}

describe("lookFor()", () => {
  it("has colours on a terminal, and the environment's word before that", () => {
    const look = (isTerminal: boolean, environment: Record<string, string>) => {
      const { program } = fakeProgram({ isTerminal, environment });
      const { paint, isReadable } = lookFor(program.stdout, {
        environment: program.environment,
        paints,
      });
      return [paint === colored, isReadable];
    };
    assertEquals(look(true, {}), [true, true]);
    assertEquals(look(false, {}), [false, false]);
    assertEquals(look(true, { NO_COLOR: "1" }), [false, true]);
    assertEquals(look(true, { TERM: "dumb" }), [false, true]);
    assertEquals(look(false, { FORCE_COLOR: "1" }), [true, true]);
    assertEquals(look(true, { FORCE_COLOR: "1", TERM: "dumb" }), [true, true]);
    assertEquals(look(true, { FORCE_COLOR: "0" }), [false, true]);
    assertEquals(look(false, { FORCE_COLOR: "0" }), [false, false]);
    assertEquals(look(false, { FORCE_COLOR: "1", NO_COLOR: "1" }), [false, true]);
  });
});

describe("bodyKind()", () => {
  it("follows the media type", () => {
    const kinds: Record<string, string[]> = {
      json: ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"],
      markup: [
        "text/html",
        "application/xml",
        "text/xml",
        "image/svg+xml",
        "application/xhtml+xml",
      ],
      text: ["text/plain", "text/event-stream", "application/javascript", "application/x-ndjson"],
      binary: ["image/png", "application/octet-stream", "application/zip"],
      unknown: ["", "nonsense"],
    };
    for (const [kind, types] of Object.entries(kinds)) {
      assertEquals(types.map(bodyKind), types.map(() => kind));
    }
    assertEquals(bodyKind(null), "unknown");
  });
});

describe("headText()", () => {
  it("has the status line and the headers as they were written", () => {
    const headers: [string, string][] = [["X-ID", "1"], ["set-cookie", "a"], ["Set-Cookie", "b"]];
    const extensions = { http_version: "HTTP/1.1", reason_phrase: "Fine" };
    assertEquals(
      headText(new Response(200, { headers, extensions }), plain),
      "HTTP/1.1 200 Fine\nX-ID: 1\nset-cookie: a\nSet-Cookie: b\n",
    );
    const h2 = new Response(404, { extensions: { http_version: "HTTP/2" } });
    assertEquals(headText(h2, plain), "HTTP/2 404 Not Found\n");
  });

  it("paints the status by its class", () => {
    const named: Paint = (ink, text) => `${ink}(${text})`;
    const line = (status: number) => headText(new Response(status), named).split("\n")[0];
    assertEquals([200, 304, 404, 500].map(line), [
      "protocol(HTTP/1.1) good(200 OK)",
      "protocol(HTTP/1.1) moved(304 Not Modified)",
      "protocol(HTTP/1.1) bad(404 Not Found)",
      "protocol(HTTP/1.1) bad(500 Internal Server Error)",
    ]);
  });

  it("lets no header drive the terminal", () => {
    const response = new Response(200, {
      headers: { "x-a": "\x9b31m" },
      extensions: { reason_phrase: "OK\x1b[2J" },
    });
    assertEquals(headText(response, plain), "HTTP/1.1 200 OK\\u001b[2J\nx-a: \\u009b31m\n");
  });
});

describe("writeBody() on a terminal", () => {
  it("lays out JSON, a line parts it from the head", async () => {
    assertEquals(
      await shown(answer("application/json", '{"a":[1]}'), quiet),
      [
        ...["", "{", '  "a": [', "    1", "  ]", "}", ""],
      ].join("\n"),
    );
    assertEquals(
      await shown(answer("application/json", "[1]")),
      "\n[\n  \x1b[35m1\x1b[0m\n]\n",
    );
  });

  it("shows what is called JSON and is none as it is", async () => {
    assertEquals(await shown(answer("application/json", "{oops\x1b"), quiet), "\n{oops\\u001b\n");
  });

  it("shows markup in colours", async () => {
    assertEquals(
      await shown(answer("text/html", "<p>\n")),
      "\n\x1b[34m<p\x1b[0m\x1b[34m>\x1b[0m\n",
    );
  });

  it("shows text in its charset, ends its last line, and lets it drive nothing", async () => {
    assertEquals(await shown(answer("text/plain", "a\r\nb")), "\na\nb\n");
    assertEquals(
      await shown(answer("text/plain", "a\x1b]0;title\x07")),
      "\na\\u001b]0;title\\u0007\n",
    );
    const latin = answer("text/plain; charset=iso-8859-1", new Uint8Array([0xe9, 0x0a]));
    assertEquals(await shown(latin), "\né\n");
    assertEquals(await shown(answer("text/plain", "a\r")), "\na\\u000d\n");
  });

  it("shows binary as its size, and nothing as nothing", async () => {
    assertEquals(
      await shown(answer("image/png", new Uint8Array(1234))),
      "\n<1234 bytes of binary data>\n",
    );
    for (const type of ["image/png", "text/plain", "application/json", null]) {
      assertEquals(await shown(answer(type, "")), "");
    }
  });

  it("looks at what has no type", async () => {
    assertEquals(await shown(answer(null, "plain")), "\nplain\n");
    assertEquals(await shown(answer(null, "\0\x01")), "\n<2 bytes of binary data>\n");
  });

  it("shows text as it comes", async () => {
    let isShown = false;
    const { program } = fakeProgram({ isTerminal: true });
    const output = {
      ...program.stdout,
      write(bytes: Uint8Array): Promise<void> {
        isShown ||= new TextDecoder().decode(bytes).includes("data: 1");
        return Promise.resolve();
      },
    };
    async function* events(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode("data: 1\n\n");
      await Promise.resolve();
      assertEquals(isShown, true);
    }
    const headers = { "content-type": "text/event-stream" };
    await writeBody(new Response(200, { headers, stream: events() }), output, {
      paint: plain,
      isReadable: true,
    });
    assertEquals(isShown, true);
  });
});

describe("writeBody() into a pipe", () => {
  const pipe = { isTerminal: false };

  it("writes the body alone, byte by byte", async () => {
    for (const type of ["application/json", "text/html", "text/plain", "image/png", null]) {
      assertEquals(await shown(answer(type, '{"a" : 1}\r\n\x1b'), pipe), '{"a" : 1}\r\n\x1b');
    }
  });

  it("makes it readable where FORCE_COLOR asks for colours, but for what is binary", async () => {
    const forced = { isTerminal: false, environment: { FORCE_COLOR: "1" } };
    assertEquals(
      await shown(answer("application/json", "[1]"), forced),
      "[\n  \x1b[35m1\x1b[0m\n]\n",
    );
    assertEquals(await shown(answer("image/png", "\0\x01"), forced), "\0\x01");
    assertEquals(await shown(answer(null, "\0\x01"), forced), "\0\x01");
  });
});
