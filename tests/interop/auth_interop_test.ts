/** Authentication against Apache, whose Digest and Basic nobody here wrote; without it these tests are left out. */
import {
  type Auth,
  BasicAuth,
  Client,
  DigestAuth,
  HTTPTransport,
  NetRCAuth,
  Request,
  type Response,
} from "@httpx/httpx";
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/connections/free_port.ts";
import { type RealServer, startProgram } from "./real_servers.ts";

const APACHE = "/usr/sbin/apache2";
const test = existsSync(APACHE) ? it : it.skip;
if (!existsSync(APACHE)) console.error("Tests of auth need apache2; they are left out");

const USER = "ada";
const PASSWORD = "lövelace: 7";
/** Without quotes: Apache calls those another realm, curl's as well. */
const REALM = "notes, and more";
const MODULES = [
  ...["mpm_event", "alias", "dir", "mime", "authn_core", "authz_core", "authn_file"],
  ...["authz_user", "auth_basic", "auth_digest"],
];

/** What is particular to a place of the server. */
const PLACES: Readonly<Record<string, string>> = {
  digest: "AuthType Digest\nAuthDigestQop auth",
  // A nonce is good for a second: that after it is called stale.
  brief: "AuthType Digest\nAuthDigestNonceLifetime 1",
  basic: "AuthType Basic",
};

/** A server with a place for each, and a redirect from one to another. */
async function startApache(): Promise<RealServer & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-auth-"));
  const port = await freePort();
  const hash = createHash("md5").update(`${USER}:${REALM}:${PASSWORD}`).digest("hex");
  const sha = createHash("sha1").update(PASSWORD).digest("base64");
  await writeFile(join(folder, "digest.users"), `${USER}:${REALM}:${hash}\n`);
  await writeFile(join(folder, "basic.users"), `${USER}:{SHA}${sha}\n`);
  for (const place of Object.keys(PLACES)) {
    await mkdir(join(folder, "root", place), { recursive: true });
    await writeFile(join(folder, "root", place, "a.txt"), `in ${place}`);
  }
  const path = join(folder, "server.conf");
  await writeFile(path, configOf(folder, port));
  const server = await startProgram({ program: APACHE, args: ["-X", "-f", path], port, folder });
  return Object.assign(server, { folder });
}

function configOf(folder: string, port: number): string {
  const modules = MODULES.map((name) =>
    `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`
  );
  const places = Object.entries(PLACES).map(([place, lines]) => {
    const kind = place === "basic" ? "basic" : "digest";
    return `<Location /${place}>
${lines}
AuthName "${REALM}"
Auth${kind === "basic" ? "Basic" : "Digest"}Provider file
AuthUserFile ${folder}/${kind}.users
Require valid-user
</Location>`;
  });
  return `ServerName localhost
ServerRoot ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
DefaultRuntimeDir ${folder}
Mutex file:${folder}
Listen 127.0.0.1:${port}
${modules.join("\n")}
TypesConfig /etc/mime.types
DocumentRoot ${folder}/root
Redirect 307 /moved /digest/a.txt
<Directory ${folder}/root>
Require all granted
</Directory>
${places.join("\n")}
`;
}

function clientOf(auth: Auth): Client {
  return new Client({ auth, trustEnv: false });
}

/** Statuses along the way, and the text at its end. */
async function way(response: Response): Promise<unknown> {
  const statuses = [...response.history, response].map(({ status }) => status);
  return [...statuses, response.isSuccess ? await response.text() : ""];
}

describe("DigestAuth with Apache", () => {
  test("answers its challenge, and goes on counting with its nonce", async () => {
    await using apache = await startApache();
    await using client = clientOf(new DigestAuth(USER, PASSWORD));
    const url = `${apache.url}/digest/a.txt`;
    const first = await client.get(url);
    assertEquals(await way(first), [401, 200, "in digest"]);
    assertMatch(first.request.headers.get("authorization") ?? "", /nc=00000001/);
    for (const path of ["", "?a=1&b=%22", "?c"]) {
      assertEquals(await way(await client.get(url + path)), [200, "in digest"]);
    }
    const last = await client.head(url);
    assertMatch(last.request.headers.get("authorization") ?? "", /nc=00000005/);
    assertEquals(await way(await client.get(`${apache.url}/moved`, { followRedirects: true })), [
      ...[307, 401, 200],
      "in digest",
    ]);
  });

  test("gets through with many requests at once", async () => {
    await using apache = await startApache();
    await using client = clientOf(new DigestAuth(USER, PASSWORD));
    const all = Array.from({ length: 12 }, () => client.get(`${apache.url}/digest/a.txt`));
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    assertEquals(new Set(statuses), new Set([200]));
  });

  test("takes the nonce that comes next, and another where Apache calls its own stale", async () => {
    await using apache = await startApache();
    await using client = clientOf(new DigestAuth(USER, PASSWORD));
    await using stranger = new Client({ trustEnv: false });
    const url = `${apache.url}/brief/a.txt`;
    const first = await client.get(url);
    assertEquals(await way(first), [401, 200, "in brief"]);
    assertMatch(first.headers.get("authentication-info") ?? "", /nextnonce=/);
    for (const until = Date.now() + 1500; Date.now() < until;) {
      assertEquals(await way(await client.get(url)), [200, "in brief"], "nonces live for a second");
    }
    for (const until = Date.now() + 1500; Date.now() < until;) {
      assertEquals((await stranger.get(url)).status, 401);
    }
    const later = await client.get(url);
    assertEquals(await way(later), [401, 200, "in brief"]);
    assertMatch(later.history[0]?.headers.get("www-authenticate") ?? "", /stale=true/i);
  });

  test("sends no wrong password twice", async () => {
    await using apache = await startApache();
    await using client = clientOf(new DigestAuth(USER, "wrong"));
    assertEquals(await way(await client.get(`${apache.url}/digest/a.txt`)), [401, 401, ""]);
  });
});

describe("Basic credentials with Apache", () => {
  test("are taken in UTF-8, of a client, a URL and a netrc file", async () => {
    await using apache = await startApache();
    const url = `${apache.url}/basic/a.txt`;
    const netrc = join(apache.folder, "netrc");
    await writeFile(netrc, `machine 127.0.0.1 login ${USER} password "${PASSWORD}"\n`);
    for (const auth of [new BasicAuth(USER, PASSWORD), new NetRCAuth(netrc)]) {
      await using client = clientOf(auth);
      assertEquals(await way(await client.get(url)), [200, "in basic"]);
    }
    await using client = new Client({ trustEnv: false });
    const userinfo = `${USER}:${encodeURIComponent(PASSWORD)}@`;
    assertEquals(await way(await client.get(url.replace("//", `//${userinfo}`))), [
      200,
      "in basic",
    ]);
    assertEquals(await way(await client.get(url)), [401, ""]);
  });

  test("are no business of a transport", async () => {
    await using apache = await startApache();
    await using transport = new HTTPTransport();
    const url = `${apache.url}/basic/a.txt`.replace("//", `//${USER}:secret@`);
    const response = await transport.handleRequest(new Request("GET", url));
    assertEquals(response.status, 401);
    await response.close();
  });
});
