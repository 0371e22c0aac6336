// Backs a folder up under a budget; what did not change since the last time is not stored again: node scripts/examples/backup.ts FOLDER
import { createClient } from "holdfast";

const {
  HOLDFAST_RPC: rpcUrl,
  HOLDFAST_MARKET: market,
  HOLDFAST_HOME: folder = "data",
  HOLDFAST_PASSWORD: password,
} = process.env;
const [path] = process.argv.slice(2);
await using client = createClient({ folder, rpcUrl, market, password });

const { files, reused, escrow = 0n, fee = 0n, capability } = await client.put(path!, { budget: 10n ** 18n });
console.error(`${files} files, ${reused} of them stored before; ${escrow + fee} base units`);
console.log((await client.share(capability, "read")).capability);
