/**
 * Every option is known or refused: a misspelt `timeout` that is passed over in silence is a call that never ends. The
 * refusal says what was probably meant.
 */

/** What other libraries, or other parts of this one, call things. Keys in lower case, letters alone. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  body: ["content", "json"],
  form: ["data"],
  formdata: ["data"],
  query: ["params"],
  querystring: ["params"],
  searchparams: ["params"],
  redirect: ["followRedirects"],
  redirects: ["followRedirects"],
  allowredirects: ["followRedirects"],
  baseuri: ["baseURL"],
  prefixurl: ["baseURL"],
  hooks: ["eventHooks"],
  adapter: ["transport"],
  dispatcher: ["transport"],
  app: ["transport"],
  ssl: ["verify"],
  cafile: ["verify"],
  rejectunauthorized: ["verify"],
  bearer: ["auth"],
  credentials: ["auth"],
  abort: ["signal"],
  timeoutms: ["timeout"],
};

/** Options of a client that no call has. */
const OF_CLIENTS = [
  "baseURL",
  "cert",
  "defaultEncoding",
  "eventHooks",
  "limits",
  "maxRedirects",
  "maxResponseBytes",
  "mounts",
  "transport",
  "trustEnv",
  "verify",
];

/** Planned, so that the refusal need not guess. */
const NOT_YET = ["proxy", "http1", "http2", "logger"];

/**
 * Refuses options that the callee does not have.
 *
 * @param callee as the caller wrote it: `get()`, `new Client()`
 * @throws {TypeError} naming the option, and what was probably meant
 */
export function checkOptionNames(
  callee: string,
  { options, known }: { readonly options: object; readonly known: ReadonlySet<string> },
): void {
  for (const name in options) {
    if (!known.has(name)) throw unknownOption(callee, { name, known });
  }
}

function unknownOption(
  callee: string,
  { name, known }: { readonly name: string; readonly known: ReadonlySet<string> },
): TypeError {
  const what = `Cannot use option ${JSON.stringify(name)} of ${callee}`;
  if (NOT_YET.includes(name)) return new TypeError(`${what}: it is not supported yet`);
  if (OF_CLIENTS.includes(name) && !callee.startsWith("new ")) {
    return new TypeError(`${what}: it belongs to the client; give it to new Client()`);
  }
  const meant = guess(name, known);
  if (meant.length > 0) {
    const names = meant.map((option) => `"${option}"`).join(" or ");
    return new TypeError(`${what}: there is none of that name; use ${names}`);
  }
  return new TypeError(
    `${what}: there is none of that name; there are ${[...known].join(", ")}`,
  );
}

function guess(name: string, known: ReadonlySet<string>): readonly string[] {
  const letters = lettersOf(name);
  const same = [...known].filter((option) => lettersOf(option) === letters);
  if (same.length > 0) return same;
  const translated = (Object.hasOwn(OTHER_NAMES, letters) ? OTHER_NAMES[letters] ?? [] : [])
    .filter((option) => known.has(option));
  if (translated.length > 0) return translated;
  return [...known].filter((option) => isOneSlipAway(letters, lettersOf(option)));
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Whether one letter was left out, put in, changed, or swapped with its neighbour. */
function isOneSlipAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 3) return false;
  let begin = 0;
  while (begin < a.length && a[begin] === b[begin]) begin++;
  const restA = a.slice(begin);
  const restB = b.slice(begin);
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB) return true;
  if (restA === restB.slice(1)) return true;
  return restA.slice(2) === restB.slice(2) && restA[0] === restB[1] && restA[1] === restB[0];
}
