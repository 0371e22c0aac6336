// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Challenges} from "../../contracts/libraries/Challenges.sol";
import {Counts} from "../../contracts/libraries/Counts.sol";
import {Lanes} from "../../contracts/libraries/Lanes.sol";
import {Pins} from "../../contracts/libraries/Pins.sol";
import {Fuzz} from "./Fuzz.sol";

contract ChallengesTest is Fuzz {
    using Counts for uint256;

    uint256 private constant LEVELS = 9;

    mapping(uint256 place => bytes32) private _roots;

    /// @dev Every draw by the rule as it is written, with roots that say where they lie.
    function testFuzz_EveryDrawTakesItsElementOfTheBag(uint256 counts, bytes32 seed, uint256 challenges) external {
        counts >>= 1;
        if (counts == 0) return;
        challenges = within(challenges, 1, 34);
        uint256[] memory expected = new uint256[](2 * challenges);
        for (uint256 j; j < challenges; ++j) {
            (uint256 m, uint256 index, uint256 element) = _draw(counts, seed, j);
            check(index < counts.countOf(m), "a place of the bag");
            _roots[Lanes.place(m, index)] = bytes32((m << 24) + index + 1);
            expected[2 * j] = (m << 24) + index + 1;
            expected[2 * j + 1] = element + ((m + 2) / 3) * 2 ** (3 * LEVELS);
        }
        _compare(expected, Challenges.vector(_roots, counts, seed, challenges, challenges, LEVELS));
    }

    function testFuzz_APinTakesTheLastQuarterAndLeavesTheOtherDraws(
        uint256 counts,
        bytes32 seed,
        uint256 challenges,
        bytes32 root,
        uint256 m
    ) external view {
        counts >>= 1;
        if (counts == 0) return;
        challenges = within(challenges, 1, 34);
        m = within(m, Counts.MIN_CLASS, Counts.MIN_CLASS + Counts.CLASSES - 1);
        uint256 free = Pins.freeOf(challenges);
        check(4 * (challenges - free) <= challenges && challenges < 4 * (challenges - free + 1), "a quarter");
        uint256[] memory all = Challenges.vector(_roots, counts, seed, challenges, challenges, LEVELS);
        uint256[] memory w = Challenges.vector(_roots, counts, seed, challenges, free, LEVELS);
        Pins.fill(w, free, root, m, seed, LEVELS);
        for (uint256 j; j < challenges; ++j) {
            uint256 element = uint256(keccak256(abi.encode(seed, j))) % 2 ** m;
            same(j < free ? all[2 * j] : uint256(root), w[2 * j], "root");
            uint256 pinned = element + ((m + 2) / 3) * 2 ** (3 * LEVELS);
            same(j < free ? all[2 * j + 1] : pinned, w[2 * j + 1], "position");
        }
    }

    function testFuzz_HornerIsThePolynomialAtThatPoint(uint256[] calldata values, uint256 r) external pure {
        uint256 length = within(values.length, 0, 68);
        if (values.length < length) return;
        uint256 p = Challenges.SCALAR_FIELD;
        uint256[] memory w = new uint256[](length);
        uint256 sum;
        uint256 power = 1;
        r %= p;
        for (uint256 i = length; i > 0; --i) {
            w[i - 1] = values[i - 1] % p;
            sum = addmod(sum, mulmod(w[i - 1], power, p), p);
            power = mulmod(power, r, p);
        }
        same(sum, Challenges.horner(w, r), "value");
    }

    function testFuzz_HashCoversEveryWord(uint256[] memory w, uint256 place, uint256 other) external pure {
        bytes32 hash = Challenges.hashOf(w);
        check(hash == keccak256(abi.encodePacked(w)), "of all words");
        if (w.length == 0) return;
        place = within(place, 0, w.length - 1);
        if (w[place] == other) return;
        w[place] = other;
        check(hash != Challenges.hashOf(w), "another word, another hash");
    }

    function _draw(uint256 counts, bytes32 seed, uint256 j)
        private
        pure
        returns (uint256 m, uint256 index, uint256 element)
    {
        uint256 x = uint256(keccak256(abi.encode(seed, j))) % counts.weight();
        for (m = Counts.MIN_CLASS; x >= counts.countOf(m) * 2 ** m; ++m) x -= counts.countOf(m) * 2 ** m;
        return (m, x / 2 ** m, x % 2 ** m);
    }

    function _compare(uint256[] memory expected, uint256[] memory found) private pure {
        same(expected.length, found.length, "length");
        for (uint256 i; i < found.length; ++i) same(expected[i], found[i], "word");
    }
}
