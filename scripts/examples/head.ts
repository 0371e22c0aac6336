// Prints the beginning of a file, and pays for no more: node scripts/examples/head.ts CAPABILITY [BYTES]
import { createClient } from "holdfast";

const {
  HOLDFAST_RPC: rpcUrl,
  HOLDFAST_MARKET: market,
  HOLDFAST_HOME: folder = "data",
  HOLDFAST_PASSWORD: password,
} = process.env;
const [capability, bytes = "80"] = process.argv.slice(2);
await using client = createClient({ folder, rpcUrl, market, password });

for await (const chunk of client.cat(capability!, { length: Number(bytes) })) process.stdout.write(chunk);
