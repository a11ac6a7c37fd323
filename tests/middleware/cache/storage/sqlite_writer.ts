/** A process that writes to a cache file: path, name, how many responses (0: until it is killed). Says "wrote" for each. */
import process from "node:process";
import { SQLiteStorage } from "@httpx/httpx/cache";
import { bodyOf, headOf } from "./sqlite_writes.ts";

const [path = "", name = "", count = "0"] = process.argv.slice(2);
const storage = new SQLiteStorage(path, { maxBytes: 2_000_000 });
for (let i = 0; count === "0" || i < Number(count); i++) {
  const head = headOf(name, i);
  storage.put(head, bodyOf(head.id, head.sizeBytes), [...storage.find(head.key, "")]);
  process.stdout.write("wrote\n");
}
storage.close();
