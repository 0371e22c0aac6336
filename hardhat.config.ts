import { createRequire } from "node:module";
import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatChai from "@nomicfoundation/hardhat-ethers-chai-matchers";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);

export default defineConfig({
  plugins: [hardhatEthers, hardhatChai, hardhatViem, hardhatMocha, hardhatNetworkHelpers],
  solidity: {
    version: "0.8.36",
    path: require.resolve("solc/soljson.js"), // the compiler comes from npm: nothing is downloaded
    settings: { optimizer: { enabled: true, runs: 800 }, viaIR: true, evmVersion: "prague" },
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"], // deployed as it is
  },
  paths: { tests: { mocha: "./test/contracts", solidity: "./test/solidity" } },
  networks: {
    // The in-process chain of the tests.
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
    // `hardhat node --network node`: a chain in its own process; blocks come at their interval, never per transaction.
    node: {
      type: "edr-simulated",
      chainType: "l1",
      hardfork: "osaka",
      chainId: 31337,
      mining: { auto: false, interval: 1000 },
      accounts: { count: 40 },
    },
  },
  test: { mocha: { timeout: 120_000 }, solidity: { fuzz: { runs: process.env.HOLDFAST_LONG ? 20_000 : 256 } } },
});
