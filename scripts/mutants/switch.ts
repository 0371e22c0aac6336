/** Contracts that hold all mutants at once: the coinbase of the chain says which one runs, so that they compile once. */
import path from "node:path";
import { applyWraps } from "../instrument/edit.ts";
import type { Mutation } from "./operators.ts";

export const SWITCH_FILE = "contracts/MutantSwitch.sol";
/** Who watches is no mutant: every place says that it was reached, and stays as it is. */
export const WATCH = 0xffffffff;

const BASE = 0x4d757461n << 96n;

/** The coinbase that switches mutant `id` on; 0 is none. */
export function coinbaseOf(id: number): string {
  return `0x${(BASE + BigInt(id)).toString(16).padStart(40, "0")}`;
}

/** The address is Hardhat's: its chain collects what is sent there when it runs with `--coverage`. */
export const SWITCH_SOURCE = `// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

library MutantSwitch {
    function on(uint256 id) internal pure returns (bool) {
        return _pure(_isCoinbase)(id);
    }

    function _isCoinbase(uint256 id) private view returns (bool found) {
        assembly ("memory-safe") {
            found := eq(coinbase(), add(${BASE}, id))
            if eq(coinbase(), ${BASE + BigInt(WATCH)}) {
                let free := mload(0x40)
                mstore(free, id)
                pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, free, 32, 0, 0))
            }
        }
    }

    function _pure(function(uint256) internal view returns (bool) f)
        private
        pure
        returns (function(uint256) internal pure returns (bool) g)
    {
        assembly ("memory-safe") {
            g := f
        }
    }
}
`;

/** The file with its mutants in it; `ids` runs beside `mutations`. */
export function withMutants(
  file: string,
  source: string,
  mutations: readonly Mutation[],
  ids: readonly number[],
): string {
  if (mutations.length === 0) return source;
  const wraps = mutations.map((mutation, i) => mutation.wrap(`MutantSwitch.on(${ids[i]})`));
  const library = path.posix.relative(path.posix.dirname(file), SWITCH_FILE);
  const name = library.startsWith(".") ? library : `./${library}`;
  return `${applyWraps(source, wraps)}\nimport {MutantSwitch} from "${name}";\n`;
}
