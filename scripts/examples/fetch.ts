// Fetches a file, for a minute at most: node scripts/examples/fetch.ts CAPABILITY OUTPUT
import { createClient, HoldfastError } from "holdfast";

const {
  HOLDFAST_RPC: rpcUrl,
  HOLDFAST_MARKET: market,
  HOLDFAST_HOME: folder = "data",
  HOLDFAST_PASSWORD: password,
} = process.env;
const [capability, output] = process.argv.slice(2);
await using client = createClient({ folder, rpcUrl, market, password });

const got = await client.get(capability!, { output, signal: AbortSignal.timeout(60_000) }).catch((error: unknown) => {
  if (error instanceof HoldfastError && error.code === "OUTPUT_EXISTS") return undefined; // it is here already
  throw error;
});
console.log(got === undefined ? "nothing to do" : `${got.bytes} bytes, ${got.cid}`);
