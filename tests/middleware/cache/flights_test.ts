import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Flight, FlightTable } from "../../../src/middleware/cache/exchange/flights.ts";

describe("FlightTable", () => {
  it("has what was added and not removed, through thousands that come and go", () => {
    const table = new FlightTable();
    const kept = new Flight(() => {});
    table.add("kept", kept);
    for (let i = 0; i < 3000; i++) {
      const flight = new Flight(() => {});
      table.add(`f${i % 700}`, flight);
      assertEquals(table.get(`f${i % 700}`), flight);
      table.remove(`f${i % 700}`, new Flight(() => {}));
      assertEquals(table.get(`f${i % 700}`), flight);
      table.remove(`f${i % 700}`, flight);
      assertEquals(table.get(`f${i % 700}`), null);
    }
    assertEquals([...table], [["kept", kept]]);
  });
});
