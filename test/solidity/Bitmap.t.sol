// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Bitmap} from "../../contracts/libraries/Bitmap.sol";
import {Bits} from "../../contracts/libraries/Bits.sol";
import {Fuzz} from "./Fuzz.sol";

contract BitmapTest is Fuzz {
    using Bitmap for mapping(uint256 word => uint256);

    mapping(uint256 word => uint256) private _words;

    function testFuzz_PopcountCountsBitByBit(uint256 x) external pure {
        uint256 ones;
        for (uint256 rest = x; rest != 0; rest &= rest - 1) ++ones;
        same(ones, Bitmap.popcount(x), "popcount");
    }

    function test_PopcountOfAllBitsIs256() external pure {
        same(256, Bitmap.popcount(type(uint256).max), "popcount");
        same(0, Bitmap.popcount(0), "popcount");
    }

    function testFuzz_SetChangesOneBit(uint256 word, uint256 index) external {
        index = within(index, 0, 767);
        _words[index >> 8] = word;
        bool before = _words.isSet(index);
        _words.set(index);
        check(_words.isSet(index), "set");
        same(before ? word : word + (1 << (index & 255)), _words[index >> 8], "word");
        same(0, _words[(index >> 8) + 1], "next word");
    }

    function testFuzz_CountUnsetReadsEveryBitOfTheRangeOnce(uint256[4] calldata words, uint256 from, uint256 end) external {
        for (uint256 i; i < 4; ++i) _words[i] = words[i];
        (from, end) = (within(from, 0, 1_024), within(end, 0, 1_024));
        uint256 unset;
        for (uint256 i = from; i < end; ++i) if ((words[i / 256] >> (i % 256)) & 1 == 0) ++unset;
        same(unset, _words.countUnset(from, end), "unset");
    }

    function testFuzz_CountUnsetOfTwoPartsIsThatOfTheWhole(uint256[2] calldata words, uint256 a, uint256 b, uint256 c)
        external
    {
        (_words[0], _words[1]) = (words[0], words[1]);
        a = within(a, 0, 512);
        b = within(b, a, 512);
        c = within(c, b, 512);
        same(_words.countUnset(a, c), _words.countUnset(a, b) + _words.countUnset(b, c), "parts");
    }

    function testFuzz_SelectFindsTheBitWithThatManyOnesBelow(uint256 x, uint256 rank) external pure {
        if (x == 0) return;
        rank = within(rank, 0, Bitmap.popcount(x) - 1);
        uint256 position = Bits.select(x, rank);
        check((x >> position) & 1 == 1, "a one");
        same(rank, Bitmap.popcount(x & ((1 << position) - 1)), "ones below");
    }

    function testFuzz_LowSetsThatManyBits(uint256 count) external pure {
        count = within(count, 0, 256);
        same(count, Bitmap.popcount(Bits.low(count)), "bits");
        if (count < 256) same(0, Bits.low(count) >> count, "above");
    }
}
