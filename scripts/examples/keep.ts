// Renews every stored file that ends within so many blocks: node scripts/examples/keep.ts BLOCKS WINDOWS
import { createClient } from "holdfast";

const {
  HOLDFAST_RPC: rpcUrl,
  HOLDFAST_MARKET: market,
  HOLDFAST_HOME: folder = "data",
  HOLDFAST_PASSWORD: password,
} = process.env;
const [blocks, windows] = process.argv.slice(2).map(Number);
await using client = createClient({ folder, rpcUrl, market, password });

for (const { name, dealKey, endedAt } of await client.ls()) {
  const { blocksLeft, keptUntilBlock } = await client.stat(dealKey);
  if (endedAt !== undefined || keptUntilBlock === undefined || blocksLeft > BigInt(blocks!)) continue;
  const { cost } = await client.renew(dealKey, { windows: windows! });
  console.log(`${name}: at most ${cost} base units`);
}
