// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {SlotState, SlotStatus} from "../types/Deal.sol";

/// @dev A `SlotState` as it lies in storage, in 51 bits: settling reads and writes it whole, which field by field costs twice
/// as much.
type SlotWord is uint256;

using Slots for SlotWord global;

/// @title Slots of a deal, five to a storage word, lowest first
/// @notice Within its 51 bits: settled in bits 0 .. 13, missesLeft in 14 .. 27, end in 28 .. 41, generation in 42 .. 48, status
/// in 49 .. 50.
library Slots {
    /// @notice The most windows that a slot counts: 44 years of days.
    uint256 internal constant MAX_WINDOWS = 2 ** 14 - 1;
    /// @notice The most times that a slot is filled again.
    uint256 internal constant MAX_GENERATION = 2 ** 7 - 1;

    uint256 private constant MISSES_LEFT = 14;
    uint256 private constant END = 28;
    uint256 private constant GENERATION = 42;
    uint256 private constant STATUS = 49;
    uint256 private constant BITS = 51;
    uint256 private constant PER_WORD = 5;
    uint256 private constant MASK = 2 ** BITS - 1;

    function load(mapping(uint256 quintet => uint256) storage words, uint256 slot) internal view returns (SlotWord) {
        unchecked {
            return SlotWord.wrap((words[slot / PER_WORD] >> ((slot % PER_WORD) * BITS)) & MASK);
        }
    }

    function store(mapping(uint256 quintet => uint256) storage words, uint256 slot, SlotWord word) internal {
        unchecked {
            (uint256 index, uint256 shift) = (slot / PER_WORD, (slot % PER_WORD) * BITS);
            words[index] = (words[index] & ~(MASK << shift)) | (SlotWord.unwrap(word) << shift);
        }
    }

    /// @notice An active slot with nothing settled. The caller must ensure that windows, misses and generation are in their
    /// bounds.
    function filled(uint256 end_, uint256 misses, uint256 generation_) internal pure returns (SlotWord) {
        return SlotWord.wrap(
            (misses << MISSES_LEFT) | (end_ << END) | (generation_ << GENERATION) | (uint256(SlotStatus.Active) << STATUS)
        );
    }

    function settled(SlotWord word) internal pure returns (uint256) {
        return SlotWord.unwrap(word) & MAX_WINDOWS;
    }

    function missesLeft(SlotWord word) internal pure returns (uint256) {
        return (SlotWord.unwrap(word) >> MISSES_LEFT) & MAX_WINDOWS;
    }

    function end(SlotWord word) internal pure returns (uint256) {
        return (SlotWord.unwrap(word) >> END) & MAX_WINDOWS;
    }

    function generation(SlotWord word) internal pure returns (uint256) {
        return (SlotWord.unwrap(word) >> GENERATION) & MAX_GENERATION;
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
        return SlotWord.wrap((SlotWord.unwrap(word) & ~(MAX_WINDOWS << END)) | (end_ << END));
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
