// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Offer, SlotState, SlotStatus} from "../types/Deal.sol";
import {Deals} from "./Deals.sol";

/// @dev A `SlotState` as it lies in storage: settling reads and writes it whole, which field by field costs twice as much.
type SlotWord is uint256;

using Slots for SlotWord global;

/// @title One slot in one word: filling hash in bits 0 .. 191, then settled, missesLeft, end, generation, status
library Slots {
    uint256 private constant SETTLED = 192;
    uint256 private constant MISSES_LEFT = 208;
    uint256 private constant END = 224;
    uint256 private constant GENERATION = 240;
    uint256 private constant STATUS = 248;

    function load(SlotState storage slot) internal view returns (SlotWord word) {
        assembly ("memory-safe") {
            word := sload(slot.slot)
        }
    }

    function store(SlotState storage slot, SlotWord word) internal {
        assembly ("memory-safe") {
            sstore(slot.slot, word)
        }
    }

    /// @notice An active slot with nothing settled.
    function filled(Offer calldata offer, uint256 firstWindow, uint256 end_, uint256 maxMisses)
        internal
        pure
        returns (SlotWord)
    {
        return SlotWord.wrap(
            uint256(uint192(Deals.hash(offer, firstWindow))) | (maxMisses << MISSES_LEFT) | (end_ << END)
                | (uint256(offer.generation) << GENERATION) | (uint256(SlotStatus.Active) << STATUS)
        );
    }

    function fillingHash(SlotWord word) internal pure returns (bytes24) {
        return bytes24(uint192(SlotWord.unwrap(word)));
    }

    function settled(SlotWord word) internal pure returns (uint256) {
        return uint16(SlotWord.unwrap(word) >> SETTLED);
    }

    function missesLeft(SlotWord word) internal pure returns (uint256) {
        return uint16(SlotWord.unwrap(word) >> MISSES_LEFT);
    }

    function end(SlotWord word) internal pure returns (uint256) {
        return uint16(SlotWord.unwrap(word) >> END);
    }

    function status(SlotWord word) internal pure returns (SlotStatus) {
        return SlotStatus(SlotWord.unwrap(word) >> STATUS);
    }

    /// @dev The caller must ensure `settled + examined <= end` and `misses <= missesLeft`, so that no field flows into the
    /// next.
    function advanced(SlotWord word, uint256 examined, uint256 misses) internal pure returns (SlotWord) {
        unchecked {
            return SlotWord.wrap(SlotWord.unwrap(word) + (examined << SETTLED) - (misses << MISSES_LEFT));
        }
    }

    function withEnd(SlotWord word, uint256 end_) internal pure returns (SlotWord) {
        return SlotWord.wrap((SlotWord.unwrap(word) & ~(uint256(type(uint16).max) << END)) | (end_ << END));
    }

    function withStatus(SlotWord word, SlotStatus status_) internal pure returns (SlotWord) {
        return SlotWord.wrap((SlotWord.unwrap(word) & ((1 << STATUS) - 1)) | (uint256(status_) << STATUS));
    }
}
