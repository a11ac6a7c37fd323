import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { mediaTypeOfFile } from "../../../src/message/content/media_types.ts";
import { parseMediaType } from "../../../src/semantics/media_type.ts";

describe("mediaTypeOfFile", () => {
  const TABLE: readonly (readonly [name: string, type: string])[] = [
    ["a.txt", "text/plain"],
    ["a.b.JSON", "application/json"],
    ["/x.y/photo.jpeg", "image/jpeg"],
    ["photo.jpg", "image/jpeg"],
    ["archive.tar.gz", "application/gzip"],
    ["README", "application/octet-stream"],
    ["a.unknown", "application/octet-stream"],
    ["a.", "application/octet-stream"],
    ["", "application/octet-stream"],
    ["dir.txt/file", "application/octet-stream"],
    ["a.constructor", "application/octet-stream"],
  ];
  it("goes by the last extension in any case", () => {
    for (const [name, type] of TABLE) assertEquals(mediaTypeOfFile(name), type, name);
  });

  it("gives media types", () => {
    for (const extension of "pdf docx svg woff2 mp4 ico ndjson".split(" ")) {
      const { essence } = parseMediaType(mediaTypeOfFile(`a.${extension}`));
      assertEquals(essence !== null && essence !== "application/octet-stream", true);
    }
  });

  it("knows the types that Python knows, by their registered names", () => {
    const types = {
      avi: "video/vnd.avi",
      py: "text/x-python",
      sh: "application/x-sh",
      c: "text/plain",
      m3u8: "application/vnd.apple.mpegurl",
      "7z": "application/x-7z-compressed",
      xml: "application/xml",
      wav: "audio/vnd.wave",
      gz: "application/gzip",
    };
    const found = Object.keys(types).map((
      extension,
    ) => [extension, mediaTypeOfFile(`a.${extension}`)]);
    assertEquals(Object.fromEntries(found), types);
  });
});
