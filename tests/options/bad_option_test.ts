import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { checkOptionNames } from "../../src/options/bad_option.ts";

const known = new Set([
  "params",
  "headers",
  "content",
  "data",
  "json",
  "timeout",
  "followRedirects",
  "baseURL",
]);

function refusal(name: string, callee = "get()"): string {
  const check = () => checkOptionNames(callee, { options: { [name]: 1 }, known });
  return assertThrows(check, TypeError).message;
}

describe("checkOptionNames()", () => {
  it("lets known options pass, and none at all", () => {
    for (const options of [{ params: {}, timeout: 1 }, {}]) {
      assertEquals(checkOptionNames("get()", { options, known }), undefined);
    }
  });

  const table: [name: string, meant: string][] = [
    ["follow_redirects", '"followRedirects"'],
    ["FOLLOW-REDIRECTS", '"followRedirects"'],
    ["baseUrl", '"baseURL"'],
    ["params ", '"params"'],
    ["param", '"params"'],
    ["tiemout", '"timeout"'],
    ["timeot", '"timeout"'],
    ["query", '"params"'],
    ["allow_redirects", '"followRedirects"'],
  ];
  for (const [name, meant] of table) {
    it(`suggests ${meant} for ${JSON.stringify(name)}`, () => {
      assertEquals(
        refusal(name),
        `Cannot use option ${
          JSON.stringify(name)
        } of get(): there is none of that name; use ${meant}`,
      );
    });
  }

  it("says of a verb without a body what has one", () => {
    for (const [name, option] of [["body", "content"], ["formData", "data"], ["jsonn", "json"]]) {
      assertEquals(
        refusal(name ?? ""),
        `Cannot use option "${name}" of get(): it takes no body; use request("GET", url, { ${option} })`,
      );
    }
    assert(refusal("body", "post()").endsWith('use "content" or "json"'));
  });

  it("lists what there is where nothing comes near", () => {
    assert(
      refusal("constructor").endsWith(
        "there is none of that name; there are " +
          "params, headers, content, data, json, timeout, followRedirects, baseURL",
      ),
    );
  });

  it("says which options belong to the client", () => {
    assertEquals(
      refusal("cert"),
      'Cannot use option "cert" of get(): it belongs to the client; give it to new Client()',
    );
    assert(refusal("cert", "new Client()").includes("there is none of that name"));
  });
});
