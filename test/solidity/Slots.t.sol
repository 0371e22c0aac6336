// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {SlotWord, Slots} from "../../contracts/libraries/Slots.sol";
import {SlotState, SlotStatus} from "../../contracts/types/Deal.sol";
import {Fuzz} from "./Fuzz.sol";

contract SlotsTest is Fuzz {
    using Slots for mapping(uint256 quintet => uint256);

    uint256 private constant SLOTS = 12;
    uint256 private constant MOST = 2 ** 51 - 1;

    mapping(uint256 quintet => uint256) private _words;

    function testFuzz_ASlotIsStoredApartFromItsNeighbours(uint64[12] memory slots, uint256 slot, uint64 other) external {
        for (uint256 i; i < SLOTS; ++i) {
            slots[i] = uint64(within(slots[i], 0, MOST));
            _words.store(i, SlotWord.wrap(slots[i]));
        }
        other = uint64(within(other, 0, MOST));
        slot = within(slot, 0, SLOTS - 1);
        _words.store(slot, SlotWord.wrap(other));
        for (uint256 i; i < SLOTS; ++i) {
            same(i == slot ? other : slots[i], SlotWord.unwrap(_words.load(i)), "slot");
        }
    }

    function testFuzz_AdvancingMovesWindowsAndMissesOnly(
        uint16 end,
        uint16 misses,
        uint8 generation,
        uint16 examined,
        uint16 missed
    ) external pure {
        end = uint16(within(end, 0, Slots.MAX_WINDOWS));
        misses = uint16(within(misses, 0, Slots.MAX_WINDOWS));
        generation = uint8(within(generation, 0, Slots.MAX_GENERATION));
        examined = uint16(within(examined, 0, end));
        missed = uint16(within(missed, 0, misses));
        SlotWord word = Slots.filled(end, misses, generation);
        SlotState memory expected = word.view_();
        same(end, expected.end, "end");
        same(misses, expected.missesLeft, "misses");
        same(generation, expected.generation, "generation");
        check(expected.status == SlotStatus.Active && expected.settled == 0, "a new slot");
        (expected.settled, expected.missesLeft) = (examined, misses - missed);
        _compare(expected, word.advanced(examined, missed));
    }

    function testFuzz_EndAndStatusChangeAlone(uint64 bits, uint16 end, uint8 before, uint8 later) external pure {
        end = uint16(within(end, 0, Slots.MAX_WINDOWS));
        SlotWord word = SlotWord.wrap(uint256(bits) & (2 ** 49 - 1)).withStatus(SlotStatus(within(before, 0, 3)));
        SlotState memory expected = word.view_();
        expected.end = end;
        _compare(expected, word = word.withEnd(end));
        expected.status = SlotStatus(within(later, 0, 3));
        _compare(expected, word.withStatus(expected.status));
    }

    function _compare(SlotState memory expected, SlotWord word) private pure {
        check(keccak256(abi.encode(expected)) == keccak256(abi.encode(word.view_())), "all fields");
        same(expected.settled, word.settled(), "settled");
        same(expected.missesLeft, word.missesLeft(), "misses");
        same(expected.end, word.end(), "end");
        same(expected.generation, word.generation(), "generation");
        check(expected.status == word.status(), "status");
    }
}
