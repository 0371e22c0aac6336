// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Bitmap} from "../libraries/Bitmap.sol";
import {Challenges} from "../libraries/Challenges.sol";
import {Counts} from "../libraries/Counts.sol";
import {DrSample} from "../libraries/DrSample.sol";
import {Endings} from "../libraries/Endings.sol";
import {Lane, Lanes} from "../libraries/Lanes.sol";
import {Pins} from "../libraries/Pins.sol";
import {PriceTicks} from "../libraries/PriceTicks.sol";
import {Windows} from "../libraries/Windows.sol";

/// @title The libraries, callable: what the TypeScript mirrors are compared with
contract LibraryHarness {
    using Bitmap for mapping(uint256 word => uint256);
    using Lanes for Lane;

    Lane private _lane;

    function phaseOf(address provider, uint256 period) external pure returns (uint256) {
        return Windows.phaseOf(provider, period);
    }

    function windowsAt(uint256 first, uint256 period, uint256 length, uint256 blockNumber)
        external
        pure
        returns (uint256 next, uint256 closed)
    {
        next = Windows.nextOpening(first, period, blockNumber);
        closed = Windows.closedAt(first, period, length, blockNumber);
    }

    function placesOf(bytes32 id, uint256 index, uint256 bits) external pure returns (uint256) {
        return DrSample.places(id, index, bits);
    }

    function setBits(uint256[] calldata indices) external {
        for (uint256 i; i < indices.length; ++i) {
            _lane.proven.set(indices[i]);
        }
    }

    function countUnset(uint256 from, uint256 end) external view returns (uint256) {
        return _lane.proven.countUnset(from, end);
    }

    function popcount(uint256 x) external pure returns (uint256) {
        return Bitmap.popcount(x);
    }

    function weight(uint256 counts_) external pure returns (uint256) {
        return Counts.weight(counts_);
    }

    function insert(uint8 m, bytes32[] calldata roots) external {
        for (uint256 i; i < roots.length; ++i) {
            _lane.insert(_lane.counts, m, roots[i], 0, 0);
        }
    }

    function remove(bytes32 root) external {
        _lane.remove(root);
    }

    function counts() external view returns (uint256) {
        return _lane.counts;
    }

    function vector(uint256 counts_, bytes32 seed, uint256 challenges, uint256 levels)
        external
        view
        returns (uint256[] memory)
    {
        return Challenges.vector(_lane.roots, counts_, seed, challenges, challenges, levels);
    }

    function pinnedVector(uint256 counts_, bytes32 seed, uint256 challenges, uint256 levels, bytes32 root, uint256 m)
        external
        view
        returns (uint256[] memory w)
    {
        uint256 draws = Pins.freeOf(challenges);
        w = Challenges.vector(_lane.roots, counts_, seed, challenges, draws, levels);
        Pins.fill(w, draws, root, m, seed, levels);
    }

    function point(
        address provider,
        uint256 window,
        uint256 challenges,
        uint256 levels,
        bytes32 seed,
        uint256 c,
        uint256[] calldata w
    ) external view returns (uint256 r, uint256 v) {
        r = Challenges.point(provider, window, challenges, levels, seed, c, Challenges.hashOf(w));
        v = Challenges.horner(w, r);
    }

    function forfeitPenalty(uint256 remaining, uint256 price, uint256 keptChallenges, uint256 replicaBurn)
        external
        pure
        returns (uint256)
    {
        return Endings.penalty(remaining, price, keptChallenges, replicaBurn);
    }

    function movedTick(uint256 tick, uint256 periods, uint256 utilisation) external pure returns (uint256) {
        return PriceTicks.moved(tick, periods, utilisation);
    }

    function tickFactor(uint256 tick) external pure returns (uint256) {
        return PriceTicks.factor(tick);
    }
}
