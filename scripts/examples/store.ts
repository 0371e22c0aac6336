// Stores a file with progress and prints the capability that gets it back: node scripts/examples/store.ts PATH
import { createClient } from "holdfast";

const {
  HOLDFAST_RPC: rpcUrl,
  HOLDFAST_MARKET: market,
  HOLDFAST_HOME: folder = "data",
  HOLDFAST_PASSWORD: password,
} = process.env;
const [path] = process.argv.slice(2);
await using client = createClient({ folder, rpcUrl, market, password });

const stored = await client.put(path!, {
  onProgress: ({ stage, done, total }) => stage && console.error(`${stage} ${done} of ${total}`),
});
console.log(stored.capability);
