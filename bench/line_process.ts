/** A process one talks to in lines of JSON. */

export class LineProcess {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;

  constructor(command: readonly string[]) {
    const [program = "", ...args] = command;
    this.#name = command.join(" ");
    this.#process = new Deno.Command(program, {
      args,
      stdin: "piped",
      stdout: "piped",
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = lines(this.#process.stdout);
  }

  /** Sends a line. */
  async write(message: unknown): Promise<void> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify(message) + "\n"));
  }

  /** Reads the next line, which the caller knows the type of. */
  async read<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`Cannot read from a process that has ended: ${this.#name}`);
    return JSON.parse(value);
  }

  /** Ends its input and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {}); // it may have ended before
    for (let end = false; !end;) end = (await this.#lines.next()).done === true;
    await this.#process.status;
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const pieces = (rest + text).split("\n");
    rest = pieces.pop() ?? "";
    yield* pieces;
  }
}
