// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {Bitmap} from "./Bitmap.sol";
import {Bits} from "./Bits.sol";

/// @title What a provider's bitmap says about a run of windows
library Settlement {
    /// @notice Reads `count` closed windows from `first` on and stops right after the miss number `survivable + 1`, wherever
    /// the caller cut its runs: that is why `settle(a); settle(b)` pays what `settle(a + b)` pays.
    /// @param word The bitmap word that holds `first`; later ones are asked for.
    /// @return examined Windows read, the failing one included.
    /// @return missed Misses among them; more than `survivable` exactly if the replica failed.
    function tally(
        ISpacetimeProofs proofs,
        address provider,
        uint256 first,
        uint256 count,
        uint256 survivable,
        uint256 word
    ) internal view returns (uint256 examined, uint256 missed) {
        // Windows have 40 bits and counts 16.
        unchecked {
            while (true) {
                uint256 offset = (first + examined) & 255;
                uint256 take = 256 - offset;
                if (take > count - examined) take = count - examined;

                uint256 misses = ~(word >> offset) & Bits.low(take);
                // Most runs have no miss, and nothing to count.
                uint256 found = misses == 0 ? 0 : Bitmap.popcount(misses);
                if (missed + found > survivable) {
                    return (examined + Bits.select(misses, survivable - missed) + 1, survivable + 1);
                }
                missed += found;
                examined += take;
                if (examined == count) return (examined, missed);
                word = proofs.provenWord(provider, (first + examined) >> 8);
            }
        }
    }
}
