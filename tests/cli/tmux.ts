/** A terminal that a test can look at: a session of tmux with one command in it, on a server of its own. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Whether there is a tmux. */
export const hasTmux: boolean = (process.env.PATH ?? "").split(":").some((folder) =>
  existsSync(join(folder, "tmux"))
);

/** How a terminal is opened. */
export interface TerminalInit {
  /** Default: 80. */
  readonly columns?: number;
  /** Default: 24. */
  readonly rows?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A screen and a keyboard. */
export interface Terminal extends AsyncDisposable {
  /** An empty folder, in which the commands run. */
  readonly folder: string;
  /** The lines on the screen, without the empty ones at its end. */
  screen(): Promise<string[]>;
  /** The same with its colours. */
  colors(): Promise<string[]>;
  /** What tmux says of the pane, by its format. */
  ask(format: string): Promise<string>;
  /** Types keys, by tmux's names. */
  type(...keys: string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves with the screen once its last line is such a one. */
  until(line: RegExp): Promise<string[]>;
  /** Resolves once all commands have ended. */
  ended(): Promise<void>;
}

const LOOK_EVERY_MS = 25;
const DEADLINE_MS = 20_000;

/** Opens a terminal in which a shell runs these commands. */
export async function openTerminal(commands: string, init: TerminalInit = {}): Promise<Terminal> {
  const { columns = 80, rows = 24, environment = {} } = init;
  const place = await mkdtemp(join(tmpdir(), "httpx-tmux-"));
  const folder = await mkdtemp(join(tmpdir(), "httpx-cwd-"));
  const tmux = (...args: string[]) =>
    run("tmux", ["-u", "-f", "/dev/null", "-S", join(place, "s"), ...args]);
  const done = `tmux -S ${join(place, "s")} wait-for -S done`;
  const script = join(place, "commands.sh");
  await writeFile(script, `trap : INT\ncd ${folder}\n${commands}\n${done}\nexec sleep 60\n`);
  const variables = Object.entries({ LANG: "C.UTF-8", NO_COLOR: "", ...environment });
  await tmux(
    ...["new-session", "-d", "-x", String(columns), "-y", String(rows)],
    ...variables.flatMap(([name, value]) => ["-e", `${name}=${value}`]),
    `sh ${script}`,
  );
  const capture = async (...flags: string[]) =>
    (await tmux("capture-pane", "-p", ...flags)).trimEnd().split("\n");
  return {
    folder,
    screen: () => capture(),
    colors: () => capture("-e"),
    ask: async (format) => (await tmux("display-message", "-p", format)).trimEnd(),
    type: async (...keys) => void await tmux("send-keys", ...keys),
    resize: async (columns, rows) =>
      void await tmux("resize-window", "-x", String(columns), "-y", String(rows)),
    async until(line) {
      const giveUpAtMs = Date.now() + DEADLINE_MS;
      while (true) {
        const screen = await capture();
        if (line.test(screen.at(-1) ?? "")) return screen;
        if (Date.now() > giveUpAtMs) {
          throw new Error(`No ${line} at the end of:\n${screen.join("\n")}`);
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS)); // a screen tells nobody
      }
    },
    ended: async () => void await tmux("wait-for", "done"),
    async [Symbol.asyncDispose]() {
      await tmux("kill-server");
      for (const path of [place, folder]) await rm(path, { recursive: true });
    },
  };
}

/** A word of a shell's command. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: DEADLINE_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(String(stdout));
      else reject(new Error(`${program} ${args.join(" ")}: ${stderr || error.message}`));
    });
  });
}
