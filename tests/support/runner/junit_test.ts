import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { countTests, sum } from "./junit.ts";

const DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="0" time="0.02">
  <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="1">
    <testcase name="a &gt; passes" classname="./a_test.ts" time="0.000" line="2" col="67">
    </testcase>
    <testcase name="a > fails" classname="./a_test.ts" time="0.017" line="3" col="67">
      <failure message="Uncaught">a &lt;testcase&gt; in the message</failure>
    </testcase>
    <testcase name="ignored" classname="./a_test.ts"><skipped/></testcase>
    <testcase name="last/" classname="./a_test.ts" time="0.000"></testcase>
  </testsuite>
</testsuites>`;

const BUN = `<testsuites name="bun test" tests="4" failures="1" skipped="1">
  <testsuite name="a_test.ts" tests="4" failures="1" skipped="1">
    <testsuite name="x" tests="4">
      <testcase name="y" classname="x" time="0.1" assertions="0" />
      <testcase name="z" classname="x"><skipped /></testcase>
      <testcase name="fails" classname="x">
        <failure type="AssertionError" message="-&quot;1&quot;">AssertionError&#10;  at a_test.ts:2&#10;</failure>
      </testcase>
      <testcase name="hangs" classname="x" file="a_test.ts">
        <failure type="TimeoutError" message="test timed out" />
      </testcase>
      <testcase name="last" classname="x" />
    </testsuite>
  </testsuite>
</testsuites>`;

describe("countTests()", () => {
  it("reads Deno's report", () => {
    const failures = ["./a_test.ts > a > fails\na <testcase> in the message"];
    assertEquals(countTests(DENO), { passed: 2, failed: 1, skipped: 1, failures });
  });

  it("reads Bun's report", () => {
    const failures = ["x > fails\nAssertionError\n  at a_test.ts:2", "x > hangs\ntest timed out"];
    assertEquals(countTests(BUN), { passed: 2, failed: 2, skipped: 1, failures });
  });

  it("finds nothing in an empty report", () => {
    assertEquals(countTests(`<testsuites name="deno test" tests="0"></testsuites>`), {
      passed: 0,
      failed: 0,
      skipped: 0,
      failures: [],
    });
  });
});

describe("sum()", () => {
  it("adds each outcome by itself", () => {
    const a = { passed: 1, failed: 2, skipped: 3, failures: ["a"] };
    assertEquals(sum(a, { passed: 10, failed: 20, skipped: 30, failures: ["b"] }), {
      passed: 11,
      failed: 22,
      skipped: 33,
      failures: ["a", "b"],
    });
  });
});
