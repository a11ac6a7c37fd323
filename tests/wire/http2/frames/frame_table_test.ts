import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FRAME_RULES, frameFault } from "../../../../src/wire/http2/frames/frame_table.ts";

/** RFC 9113 §6: the streams and lengths that are legal, by hand; `~` is a fault of the stream alone. */
const RULES = `
DATA           stream      0-
HEADERS        stream      0-
PRIORITY       stream      5~
RST_STREAM     stream      4
SETTINGS       connection  6*
PUSH_PROMISE   stream      4-
PING           connection  8
GOAWAY         connection  8-
WINDOW_UPDATE  either      4
CONTINUATION   stream      0-`.trim().split("\n").map((line) => line.split(/ +/));

function faultOf(type: number, streamId: number, length: number, flags = 0): string {
  const fault = frameFault({ type, flags, streamId, length });
  return fault === null ? "legal" : `${fault.reason} ${fault.scope}`;
}

describe("FRAME_RULES", () => {
  RULES.forEach(([name = "", on = "", lengths = ""], type) => {
    const home = on === "connection" ? 0 : 1;
    const least = parseInt(lengths);

    it(`${name} stands on the ${on}`, () => {
      assertEquals(FRAME_RULES[type]?.name, name);
      assertEquals(faultOf(type, home, least), "legal");
      const elsewhere = faultOf(type, 1 - home, least);
      assertEquals(elsewhere, on === "either" ? "legal" : "PROTOCOL_ERROR connection");
    });

    it(`${name} has a length of ${lengths}`, () => {
      const fault = `FRAME_SIZE_ERROR ${lengths.endsWith("~") ? "stream" : "connection"}`;
      if (least > 0) assertEquals(faultOf(type, home, least - 1), fault);
      const more = faultOf(type, home, least + 1);
      assertEquals(more, lengths.endsWith("-") ? "legal" : fault);
      if (lengths.endsWith("-")) assertEquals(faultOf(type, home, 16_384), "legal");
      assertEquals(faultOf(type, home, 16_385), "FRAME_SIZE_ERROR connection");
    });
  });

  it("SETTINGS is a multiple of six, and empty where it is an acknowledgement", () => {
    assertEquals(
      [0, 5, 6, 7, 12].map((length) => faultOf(4, 0, length)),
      ["legal", "FRAME_SIZE_ERROR connection", "legal", "FRAME_SIZE_ERROR connection", "legal"],
    );
    assertEquals(faultOf(4, 0, 6, 1), "FRAME_SIZE_ERROR connection");
    assertEquals(faultOf(4, 0, 0, 1), "legal");
  });

  it("unknown types may stand anywhere, up to the largest frame", () => {
    for (const type of [10, 0x42, 255]) {
      for (const streamId of [0, 1, 2, 2 ** 31 - 1]) {
        assertEquals(faultOf(type, streamId, 16_384), "legal");
        assertEquals(faultOf(type, streamId, 16_385), "FRAME_SIZE_ERROR connection");
      }
    }
  });
});
