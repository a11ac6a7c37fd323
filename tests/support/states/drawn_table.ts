/** Tables of states that a test draws by hand. */

/** Reads a drawing: events above, a state before each row, `-` where there is no move. */
export function tableOf(drawn: string): Record<string, Record<string, string>> {
  const [events = [], ...rows] = drawn.trim().split("\n").map((line) => line.trim().split(/ +/));
  return Object.fromEntries(rows.map(([state = "", ...cells]) => {
    const moves = cells.map((cell, i) => [events[i] ?? "", cell]).filter(([, to]) => to !== "-");
    return [state, Object.fromEntries(moves)];
  }));
}
