import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  barLine,
  type Moment,
  ProgressBar,
  Rate,
  sizeText,
  timeText,
} from "../../src/cli/progress_bar.ts";
import { fakeProgram } from "./fake_program.ts";

const MOMENT: Moment = {
  name: "film.mkv",
  doneBytes: 12_340_000,
  totalBytes: 24_680_000,
  bytesPerSecond: 3_400_000,
  elapsedMs: 3_600,
};
const STYLE = { columns: 80, isUnicode: true };

describe("barLine()", () => {
  it("has the name, a bar, the bytes, the rate and the time left", () => {
    assertEquals(
      barLine(MOMENT, STYLE),
      "film.mkv  50% █████████████░░░░░░░░░░░░  12.3/24.7 MB  3.4 MB/s  0:00:04 left",
    );
    assertEquals(
      barLine(MOMENT, { ...STYLE, isUnicode: false }),
      "film.mkv  50% [#############..........]  12.3/24.7 MB  3.4 MB/s  0:00:04 left",
    );
  });

  it("tells the time it took in the end, and no time where nothing comes", () => {
    assertEquals(
      barLine({ ...MOMENT, doneBytes: 24_680_000 }, STYLE),
      "film.mkv 100% ██████████████████████████████  24.7/24.7 MB  3.4 MB/s  0:00:04",
    );
    assertEquals(
      barLine({ ...MOMENT, bytesPerSecond: 0, doneBytes: 0 }, STYLE),
      "film.mkv   0% ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0.0/24.7 MB  0 B/s  -:--:-- left",
    );
  });

  it("counts up where the size is not known", () => {
    assertEquals(
      barLine({ ...MOMENT, totalBytes: null }, STYLE),
      "film.mkv  12.3 MB  3.4 MB/s  0:00:04",
    );
  });

  it("never fills the line, however narrow the terminal and long the name", () => {
    const names = ["a", "a-file-with-a-name-that-is-long.tar.gz", "映画".repeat(20), "\x1b[2J"];
    for (const name of names) {
      for (let columns = 1; columns < 140; columns++) {
        for (const totalBytes of [null, 0, 24_680_000]) {
          const line = barLine({ ...MOMENT, name, totalBytes }, { ...STYLE, columns });
          const cells = [...line].reduce((sum, char) => sum + (char > "\u2fff" ? 2 : 1), 0);
          assertEquals(cells <= Math.max(0, columns - 3), true, `${columns}: ${line}`);
          assertEquals(line.includes("\x1b"), false);
        }
      }
    }
  });
});

describe("Rate", () => {
  it("is that of the last five seconds", () => {
    const rate = new Rate(0);
    assertEquals(rate.at(0, 0), 0);
    assertEquals(rate.at(1000, 500), 500);
    assertEquals(rate.at(2000, 4000), 2000);
    assertEquals(rate.at(6000, 4000), 700);
    assertEquals(rate.at(7000, 4000), 0);
  });
});

describe("sizeText()", () => {
  it("changes the unit in time", () => {
    assertEquals(
      [0, 999, 999.96, 1000, 999_949, 999_950, 1e12, NaN].map(sizeText),
      ["0 B", "999 B", "1.0 kB", "1.0 kB", "999.9 kB", "1.0 MB", "1.0 TB", "0 B"],
    );
  });
});

describe("timeText()", () => {
  it("has hours, minutes and seconds", () => {
    assertEquals([0, 0.2, 59, 61, 3723, 1e9].map(timeText), [
      ...["0:00:00", "0:00:01", "0:00:59", "0:01:01", "1:02:03", "99:59:59"],
    ]);
  });
});

describe("ProgressBar", () => {
  it("is one line where nobody watches, and none where it failed", async () => {
    let nowMs = 0;
    for (const savedBytes of [300, null]) {
      const { program, stderr } = fakeProgram();
      const init = { name: "a.bin", totalBytes: 100, isLive: false, isUnicode: true };
      const progress = new ProgressBar(program.stderr, { ...init, now: () => nowMs });
      progress.update(50);
      nowMs += 2000;
      progress.update(100);
      await progress.end({ savedBytes });
      const line = "Saved a.bin: 300 B in 2.0 s (50 B/s)\n"; // 100 came, compressed
      assertEquals(stderr.text, savedBytes === null ? "" : line);
    }
  });

  it("is drawn over itself where somebody watches, at once and in the end", async () => {
    let nowMs = 0;
    const { program, stderr } = fakeProgram({ isTerminal: true, columns: 60 });
    const init = { name: "a", totalBytes: 100, isLive: true, isUnicode: false, now: () => nowMs };
    const progress = new ProgressBar(program.stderr, init);
    progress.update(50);
    nowMs = 1000;
    await progress.end({ savedBytes: null });
    assertEquals(stderr.text.split("\r\x1b[K"), [
      "",
      "a   0% [..................]  0/100 B  0 B/s  -:--:-- left",
      "a  50% [#########.......]  50/100 B  50 B/s  0:00:01 left\n",
    ]);
  });
});
