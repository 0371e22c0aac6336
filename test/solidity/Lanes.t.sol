// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Counts} from "../../contracts/libraries/Counts.sol";
import {Lane, Lanes} from "../../contracts/libraries/Lanes.sol";
import {Pins} from "../../contracts/libraries/Pins.sol";
import {RecordWord} from "../../contracts/libraries/Records.sol";
import {ReplicaStatus} from "../../contracts/types/Spacetime.sol";
import {Fuzz} from "./Fuzz.sol";

contract LanesTest is Fuzz {
    using Counts for uint256;
    using Lanes for Lane;
    using Pins for Lane;

    uint256 private constant CLASSES = 3;
    uint256 private constant LAST = Counts.MIN_CLASS + CLASSES - 1;

    Lane private _lane;
    bytes32[] private _inside;
    uint256 private _next;

    /// @dev Every byte adds a replica or takes one out; after each, the places hold exactly what is inside, without gaps.
    function testFuzz_PlacesHoldWhatIsInsideWithoutGaps(bytes calldata steps) external {
        uint256 length = within(steps.length, 0, 48);
        if (steps.length < length) return;
        for (uint256 i; i < length; ++i) {
            uint8 step = uint8(steps[i]);
            if (step < 150 || _inside.length == 0) _add(Counts.MIN_CLASS + step % CLASSES);
            else _takeOut(step % _inside.length);
            _check();
        }
    }

    function testFuzz_ARootThatLeftKeepsItsRecord(bytes24 tag, uint40 firstWindow, uint256 m) external {
        m = within(m, Counts.MIN_CLASS, Counts.MIN_CLASS + Counts.CLASSES - 1);
        bytes32 root = bytes32(uint256(1));
        _lane.insert(_lane.counts, m, root, tag, firstWindow);
        _lane.remove(root);
        RecordWord record = _lane.records[root];
        check(record.status() == ReplicaStatus.Removed && record.tag() == tag, "status and tag");
        same(firstWindow, record.firstWindow(), "first window");
        same(m, record.m(), "class");
        same(0, _lane.counts, "counts");
    }

    function testFuzz_ASnapshotIsForItsWindowAndOutlivesAdditions(uint256 counts, uint256 later, uint40 drawn) external {
        if (drawn == 0) return;
        _lane.counts = counts;
        _lane.keepSnapshot(drawn);
        _lane.counts = later;
        _lane.keepSnapshot(drawn);
        same(counts, _lane.countsFor(drawn - 1), "the snapshot's window");
        same(later, _lane.countsFor(drawn), "any other");
    }

    function testFuzz_APinStandsUntilTheSameWindowIsPinnedAgain(uint40 window, uint8 ahead) external {
        if (window >= type(uint40).max - 256) return;
        (bytes32 one, bytes32 two) = (bytes32(uint256(1)), bytes32(uint256(2)));
        _lane.insert(0, 13, one, 0, 0);
        _lane.insert(_lane.counts, 13, two, 0, 0);
        _lane.pin(window, one);
        _lane.pin(uint256(window) + 1, two);
        check(_lane.pinnedFor(window) == one, "the open window's");
        check(_lane.pinnedFor(uint256(window) + 1) == two, "the next one's");
        if (ahead > 1) check(_lane.pinnedFor(uint256(window) + ahead) == 0, "no other window's");
        same(0, _lane.accounted + _lane.snapshotEnd, "their neighbours in the word");
        _lane.remove(one);
        check(_lane.pinnedFor(window) == 0, "gone with its replica");
        _lane.pin(window, two);
        check(_lane.pinnedFor(window) == two, "pinned again");
    }

    function _add(uint256 m) private {
        bytes32 root = bytes32(++_next);
        uint256 index = _lane.insert(_lane.counts, m, root, bytes24(root << 64), _next);
        same(_lane.counts.countOf(m) - 1, index, "behind the last");
        _inside.push(root);
    }

    function _takeOut(uint256 place) private {
        bytes32 root = _inside[place];
        uint256 m = _lane.records[root].m();
        same(m, _lane.remove(root), "class");
        _inside[place] = _inside[_inside.length - 1];
        _inside.pop();
    }

    function _check() private view {
        uint256[CLASSES] memory counts;
        uint256 weight;
        for (uint256 i; i < _inside.length; ++i) {
            RecordWord record = _lane.records[_inside[i]];
            (uint256 m, uint256 index) = (record.m(), record.index());
            check(record.status() == ReplicaStatus.Active, "active");
            check(_lane.roots[Lanes.place(m, index)] == _inside[i], "where its record says");
            check(index < _lane.counts.countOf(m), "below its class's count");
            same(uint256(_inside[i]), record.firstWindow(), "first window");
            ++counts[m - Counts.MIN_CLASS];
            weight += 1 << m;
        }
        same(weight, _lane.counts.weight(), "weight");
        for (uint256 m = Counts.MIN_CLASS; m <= LAST; ++m) {
            same(counts[m - Counts.MIN_CLASS], _lane.counts.countOf(m), "count");
            check(_lane.roots[Lanes.place(m, counts[m - Counts.MIN_CLASS])] == 0, "nothing behind the last");
        }
    }
}
