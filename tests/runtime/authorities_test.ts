import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { rootCertificates } from "node:tls";
import { authoritiesBeyondDeno, authoritiesOf } from "../../src/runtime/adapters/authorities.ts";
import { trusting } from "../contracts/socket_contract.ts";
import { authorities } from "../support/certificates.ts";
import { withEnvironment } from "../support/environment.ts";
import { runtime } from "../support/runtimes.ts";

describe("authoritiesOf()", () => {
  it("is the runtime's own for none, the given alone if exclusive, else both, each once", () => {
    const [root = ""] = rootCertificates;
    const ca = [authorities.ca, root];
    assertEquals(authoritiesOf({ ...trusting, ca: [], isCaExclusive: false }), null);
    assertEquals(authoritiesOf({ ...trusting, ca, isCaExclusive: true }), ca);
    const all = authoritiesOf({ ...trusting, ca, isCaExclusive: false }) ?? [];
    assertEquals([all.includes(authorities.ca), all.includes(root)], [true, true]);
    assertEquals(new Set(all).size, all.length);
    assertEquals(all.length > rootCertificates.length / 2, true);
    assertEquals(authoritiesOf({ ...trusting, ca, isCaExclusive: false }) === all, true);
  });
});

// No other runtime adds given authorities to its own by itself.
if (runtime === "deno") describe("authoritiesBeyondDeno()", testBeyondDeno);

function testBeyondDeno(): void {
  const rewrapped = rootCertificates.map((pem) => pem.replace(/(?<=[\w+/])\n(?=[\w+/])/g, ""));
  const bundle = [...rewrapped, authorities.ca];

  it("leaves out what Deno trusts by itself, however its lines are broken", () =>
    withEnvironment({ DENO_TLS_CA_STORE: undefined }, () => {
      assertEquals(authoritiesBeyondDeno(bundle), [authorities.ca]);
    }));

  it("leaves nothing out if Deno trusts another store", () =>
    withEnvironment({ DENO_TLS_CA_STORE: "system" }, () => {
      assertEquals(authoritiesBeyondDeno([...bundle]).length, bundle.length);
    }));
}
