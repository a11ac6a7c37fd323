/**
 * A whole program: imports a client, sends one GET, reads it and ends. Nothing else is imported here, and `process` is not
 * looked at on Deno, where that alone takes 10 ms.
 *
 *     deno run -A bench/cold_start/program.ts ours http://127.0.0.1:8080/1k.bin [module]
 */
const { Deno: deno, process: node } = globalThis as unknown as {
  readonly Deno?: { readonly args: readonly string[] };
  readonly process: { readonly argv: readonly string[] };
};
const [client = "", url = "", module = "../../mod.ts"] = deno?.args ?? node.argv.slice(2);

const size = await get(client);
if (size !== 1024) throw new Error(`${client} read ${size} bytes`);

async function get(client: string): Promise<number> {
  switch (client) {
    case "ours": {
      const { Client } = await import(module) as typeof import("../../mod.ts");
      await using own = new Client();
      return (await (await own.get(url)).bytes()).length;
    }
    case "fetch":
      return (await (await fetch(url)).arrayBuffer()).byteLength;
    case "ky":
      return (await (await import("npm:ky@1")).default.get(url).arrayBuffer()).byteLength;
    case "undici":
      return (await (await (await import("npm:undici@7")).request(url)).body.bytes()).length;
    case "got":
      return (await (await import("npm:got@14")).default.get(url).buffer()).length;
    case "axios": {
      const axios = (await import("npm:axios@1")).default;
      return (await axios.get(url, { responseType: "arraybuffer" })).data.byteLength;
    }
    default:
      throw new TypeError(`Cannot measure ${client}: it is not known here`);
  }
}
