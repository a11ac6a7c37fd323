import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  colored,
  highlightJSON,
  highlightMarkup,
  type Paint,
  plain,
} from "../../src/cli/highlight.ts";
import { assertLinear } from "../cost/growth.ts";

/** `tag(<p>)` */
const named: Paint = (ink, text) => `${ink}(${text})`;

/** Without the colours. */
function stripped(text: string): string {
  return text.split("\x1b").map((part, i) => i === 0 ? part : part.replace(/^\[\d+m/, "")).join("");
}

describe("highlightJSON()", () => {
  it("tells keys, strings, numbers and words apart", () => {
    assertEquals(
      highlightJSON('{"a":["b",1,true]}', named),
      '{\n  name("a"): [\n    string("b"),\n    number(1),\n    word(true)\n  ]\n}',
    );
  });

  it("shows what could drive a terminal as the escape that JSON has for it", () => {
    assertEquals(highlightJSON('["\x9b31m\u202e"]', plain), '[\n  "\\u009b31m\\u202e"\n]');
  });

  it("is null for what is no JSON, and for nesting that nobody can parse", () => {
    assertEquals(highlightJSON("{a: 1}", plain), null);
    assertEquals(highlightJSON("", plain), null);
  });
});

describe("highlightMarkup()", () => {
  it("paints tags, attributes, values, entities and comments", () => {
    assertEquals(
      highlightMarkup('<!doctype html><p class="a" id=b hidden>x &amp; 1 < 2</p><br/>', named),
      'quiet(<!doctype html>)tag(<p) name(class)=string("a") name(id)=string(b) name(hidden)tag(>)' +
        "x word(&amp;) 1 < 2tag(</p)tag(>)tag(<br)tag(/>)",
    );
    assertEquals(
      highlightMarkup('<?xml version="1.0"?><a:b><![CDATA[<x>]]><!-- <y> --></a:b>', named),
      'quiet(<?xml version="1.0"?>)tag(<a:b)tag(>)quiet(<![CDATA[<x>]]>)quiet(<!-- <y> -->)' +
        "tag(</a:b)tag(>)",
    );
  });

  it("leaves scripts and styles as they are", () => {
    assertEquals(
      highlightMarkup("<script>if (a<b && c) '</p>'</SCRIPT><p>", named),
      "tag(<script)tag(>)if (a<b && c) '</p>'tag(</SCRIPT)tag(>)tag(<p)tag(>)",
    );
  });

  it("adds colours and changes nothing, whatever it is given", () => {
    const pieces = [
      ...["<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "<?", "?>", "=", '"', "'", "&", ";"],
      ...["<script", "</script>", "a", " ", "\n", "&amp;", "é", "<p class="],
    ];
    let seed = 7;
    for (let round = 0; round < 2000; round++) {
      let text = "";
      for (let i = 0; i < 12; i++) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        text += pieces[seed % pieces.length];
      }
      assertEquals(stripped(highlightMarkup(text, colored)), text);
      assertEquals(highlightMarkup(text, plain), text);
    }
  });

  for (const piece of ["<", "<a ", '<a "', "=", "<!--", "</", "<script>", "a=\n"]) {
    it(`costs linear time for ${JSON.stringify(piece)} repeated`, async () => {
      assertEquals(highlightMarkup(piece.repeat(100), plain), piece.repeat(100));
      await assertLinear({
        make: (size) => piece.repeat(size / piece.length),
        run: (text) => highlightMarkup(text, colored),
        limit: 200_000,
        maxTurnMs: 250, // a terminal has no other work
      });
    });
  }
});

describe("colored()", () => {
  it("ends at each line", () => {
    assertEquals(colored("quiet", "a\nb\n"), "\x1b[90ma\x1b[0m\n\x1b[90mb\x1b[0m\n");
  });
});
