// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {SlotState, SlotStatus} from "../types/Deal.sol";

/// @dev A `SlotState` as it lies in storage, in 64 bits: settling reads and writes it whole, which field by field costs twice
/// as much.
type SlotWord is uint256;

using Slots for SlotWord global;

/// @title Slots of a deal, four to a storage word, lowest first
/// @notice Within its 64 bits: settled in bits 0 .. 15, missesLeft in 16 .. 31, end in 32 .. 47, generation in 48 .. 55, status
/// in 56 .. 63.
library Slots {
    uint256 private constant MISSES_LEFT = 16;
    uint256 private constant END = 32;
    uint256 private constant GENERATION = 48;
    uint256 private constant STATUS = 56;
    uint256 private constant MASK = type(uint64).max;

    function load(mapping(uint256 quad => uint256) storage words, uint256 slot) internal view returns (SlotWord) {
        return SlotWord.wrap((words[slot >> 2] >> ((slot & 3) << 6)) & MASK);
    }

    function store(mapping(uint256 quad => uint256) storage words, uint256 slot, SlotWord word) internal {
        uint256 shift = (slot & 3) << 6;
        words[slot >> 2] = (words[slot >> 2] & ~(MASK << shift)) | (SlotWord.unwrap(word) << shift);
    }

    /// @notice An active slot with nothing settled.
    function filled(uint256 end_, uint256 misses, uint256 generation_) internal pure returns (SlotWord) {
        return SlotWord.wrap(
            (misses << MISSES_LEFT) | (end_ << END) | (generation_ << GENERATION) | (uint256(SlotStatus.Active) << STATUS)
        );
    }

    function settled(SlotWord word) internal pure returns (uint256) {
        return uint16(SlotWord.unwrap(word));
    }

    function missesLeft(SlotWord word) internal pure returns (uint256) {
        return uint16(SlotWord.unwrap(word) >> MISSES_LEFT);
    }

    function end(SlotWord word) internal pure returns (uint256) {
        return uint16(SlotWord.unwrap(word) >> END);
    }

    function generation(SlotWord word) internal pure returns (uint256) {
        return uint8(SlotWord.unwrap(word) >> GENERATION);
    }

    function status(SlotWord word) internal pure returns (SlotStatus) {
        return SlotStatus(SlotWord.unwrap(word) >> STATUS);
    }

    /// @dev The caller must ensure `settled + examined <= end` and `misses <= missesLeft`, so that no field flows into the
    /// next.
    function advanced(SlotWord word, uint256 examined, uint256 misses) internal pure returns (SlotWord) {
        unchecked {
            return SlotWord.wrap(SlotWord.unwrap(word) + examined - (misses << MISSES_LEFT));
        }
    }

    function withEnd(SlotWord word, uint256 end_) internal pure returns (SlotWord) {
        return SlotWord.wrap((SlotWord.unwrap(word) & ~(uint256(type(uint16).max) << END)) | (end_ << END));
    }

    function withStatus(SlotWord word, SlotStatus status_) internal pure returns (SlotWord) {
        return SlotWord.wrap((SlotWord.unwrap(word) & ((1 << STATUS) - 1)) | (uint256(status_) << STATUS));
    }

    function view_(SlotWord word) internal pure returns (SlotState memory) {
        return SlotState({
            settled: uint16(settled(word)),
            missesLeft: uint16(missesLeft(word)),
            end: uint16(end(word)),
            generation: uint8(generation(word)),
            status: status(word)
        });
    }
}
