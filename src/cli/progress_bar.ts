/**
 * How far a download has come: a bar that is drawn over itself on a terminal; elsewhere one line, when it is done.
 * What a moment looks like is a pure function of what is known at it.
 */
import type { Output } from "../runtime/program/program.ts";
import { print } from "./output.ts";
import { visibleLine } from "./visible.ts";

/** One moment of a download. */
export interface Moment {
  readonly name: string;
  readonly doneBytes: number;
  /** `null` where the server did not say. */
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number;
  readonly elapsedMs: number;
}

/** What a bar is drawn with. */
export interface BarStyle {
  /** Cells that a line may have. */
  readonly columns: number;
  /** Whether there is more than ASCII. */
  readonly isUnicode: boolean;
}

const DRAW_EVERY_MS = 100;
/** The rate is that of the last five seconds. */
const WINDOW_MS = 5000;
const MAX_BAR = 40;
const MIN_BAR = 8;

/** A download that is watched. */
export class ProgressBar {
  readonly #output: Output;
  readonly #name: string;
  readonly #totalBytes: number | null;
  readonly #isUnicode: boolean;
  readonly #isLive: boolean;
  readonly #now: () => number;
  readonly #startedAtMs: number;
  readonly #rate: Rate;
  #doneBytes = 0;
  #timer: ReturnType<typeof setInterval> | null = null;
  #drawn: Promise<void> = Promise.resolve();
  #isDrawing = false;

  constructor(output: Output, init: {
    readonly name: string;
    readonly totalBytes: number | null;
    readonly isLive: boolean;
    readonly isUnicode: boolean;
    readonly now?: () => number;
  }) {
    this.#output = output;
    this.#name = init.name;
    this.#totalBytes = init.totalBytes;
    this.#isUnicode = init.isUnicode;
    this.#isLive = init.isLive;
    this.#now = init.now ?? (() => performance.now());
    this.#startedAtMs = this.#now();
    this.#rate = new Rate(this.#startedAtMs);
    if (!this.#isLive) return;
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), DRAW_EVERY_MS);
  }

  /** So much has come. */
  update(doneBytes: number): void {
    this.#doneBytes = doneBytes;
  }

  /** The last look: of a whole download, or (`savedBytes` is `null`) of what had come of it. */
  async end({ savedBytes }: { readonly savedBytes: number | null }): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#drawn;
    const elapsedMs = this.#now() - this.#startedAtMs;
    const moment = { ...this.#moment(), bytesPerSecond: this.#doneBytes / (elapsedMs / 1000) };
    const isTold = this.#isLive || savedBytes !== null;
    const text = this.#isLive
      ? `\r\x1b[K${this.#line(moment)}\n`
      : `${summary(moment, savedBytes ?? 0)}\n`;
    // Whether or not it can be printed, the file is saved, or it is not.
    if (isTold) await print(this.#output, text).catch(() => {});
  }

  /** A terminal that is slow to take one drawing is spared the next. */
  #draw(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    const done = () => void (this.#isDrawing = false);
    this.#drawn = print(this.#output, `\r\x1b[K${this.#line(this.#moment())}`).then(done, done);
  }

  #line(moment: Moment): string {
    return barLine(moment, { columns: this.#output.columns, isUnicode: this.#isUnicode });
  }

  #moment(): Moment {
    const nowMs = this.#now();
    return {
      name: this.#name,
      doneBytes: this.#doneBytes,
      totalBytes: this.#totalBytes,
      bytesPerSecond: this.#rate.at(nowMs, this.#doneBytes),
      elapsedMs: nowMs - this.#startedAtMs,
    };
  }
}

/** Bytes a second over the last moments. */
export class Rate {
  readonly #samples: (readonly [timeMs: number, doneBytes: number])[];

  /** Begins with nothing. */
  constructor(startedAtMs: number) {
    this.#samples = [[startedAtMs, 0]];
  }

  /** The rate at a time when so much has come. */
  at(nowMs: number, doneBytes: number): number {
    while ((this.#samples[1]?.[0] ?? Infinity) <= nowMs - WINDOW_MS) this.#samples.shift();
    const [sinceMs, sinceBytes] = this.#samples[0] ?? [nowMs, doneBytes];
    this.#samples.push([nowMs, doneBytes]);
    return nowMs > sinceMs ? (doneBytes - sinceBytes) / ((nowMs - sinceMs) / 1000) : 0;
  }
}

/** One line that fits the terminal: name, bar, bytes, rate, and the time that is left (or, of no known size, has passed). */
export function barLine(moment: Moment, { columns, isUnicode }: BarStyle): string {
  const { doneBytes, totalBytes } = moment;
  const room = columns - 3; // a full line would wrap, and so would the "^C" of who ends it
  const facts = factsOf(moment);
  if (totalBytes === null) return fitted(`${shortName(moment, isUnicode)}  ${facts}`, facts, room);
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const name = shortName(moment, isUnicode);
  const barRoom = Math.min(MAX_BAR, room - cellsOf(name) - percent.length - facts.length - 4);
  if (barRoom < MIN_BAR) {
    return fitted(`${name} ${percent}  ${facts}`, `${percent}  ${facts}`, room);
  }
  return `${name} ${percent} ${bar(share, barRoom, isUnicode)}  ${facts}`;
}

/** The long line if there is room, else the short one, cut if need be. */
function fitted(long: string, short: string, room: number): string {
  return cellsOf(long) <= room ? long : short.trimStart().slice(0, Math.max(0, room));
}

function factsOf({ doneBytes, totalBytes, bytesPerSecond, elapsedMs }: Moment): string {
  const rate = `${sizeText(bytesPerSecond)}/s`;
  if (totalBytes === null) return `${sizeText(doneBytes)}  ${rate}  ${timeText(elapsedMs / 1000)}`;
  const left = Math.max(0, totalBytes - doneBytes);
  const isDone = left === 0;
  const leftText = isDone
    ? timeText(elapsedMs / 1000)
    : bytesPerSecond > 0
    ? `${timeText(left / bytesPerSecond)} left`
    : "-:--:-- left";
  return `${pairText(doneBytes, totalBytes)}  ${rate}  ${leftText}`;
}

function bar(share: number, cells: number, isUnicode: boolean): string {
  const full = Math.round(share * cells);
  return isUnicode
    ? "█".repeat(full) + "░".repeat(cells - full)
    : `[${"#".repeat(Math.min(full, cells - 2))}`.padEnd(cells - 1, ".") + "]";
}

function shortName({ name }: Moment, isUnicode: boolean): string {
  const shown = [...visibleLine(name)];
  if (cellsOf(name) <= 24) return shown.join("");
  while (cellsOf(shown.join("")) > 23) shown.pop();
  return shown.join("") + (isUnicode ? "…" : "~");
}

/** Cells on a screen: what is written wide in East Asia takes two. */
function cellsOf(text: string): number {
  let cells = 0;
  for (const char of text) cells += WIDE.test(char) ? 2 : 1;
  return cells;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** The last line of a download without a terminal: how large the file is, and how fast it came. */
export function summary(
  { name, elapsedMs, bytesPerSecond }: Moment,
  savedBytes: number,
): string {
  const seconds = (elapsedMs / 1000).toFixed(1);
  const rate = `${sizeText(bytesPerSecond)}/s`;
  return `Saved ${visibleLine(name)}: ${sizeText(savedBytes)} in ${seconds} s (${rate})`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

function unitFor(bytes: number): number {
  let unit = 0;
  for (let rest = bytes; rest >= 999.95 && unit < UNITS.length - 1; rest /= 1000) unit++;
  return unit;
}

function inUnit(bytes: number, unit: number): string {
  return (bytes / 1000 ** unit).toFixed(unit === 0 ? 0 : 1);
}

/** "12.3 MB", in powers of 1000. */
export function sizeText(bytes: number): string {
  const size = Number.isFinite(bytes) ? bytes : 0;
  const unit = unitFor(size);
  return `${inUnit(size, unit)} ${UNITS[unit]}`;
}

function pairText(doneBytes: number, totalBytes: number): string {
  const unit = unitFor(totalBytes);
  return `${inUnit(doneBytes, unit)}/${inUnit(totalBytes, unit)} ${UNITS[unit]}`;
}

/** "1:02:03". */
export function timeText(seconds: number): string {
  const whole = Math.min(Math.ceil(seconds), 359_999);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
