// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Counts} from "../../contracts/libraries/Counts.sol";
import {RecordWord, Records} from "../../contracts/libraries/Records.sol";
import {ReplicaRecord, ReplicaStatus} from "../../contracts/types/Spacetime.sol";
import {Fuzz} from "./Fuzz.sol";

contract RecordsTest is Fuzz {
    function testFuzz_EveryFieldReadsBackAndChangesAlone(
        bytes24[2] calldata tags,
        uint40 firstWindow,
        uint256 m,
        uint256[2] memory indices,
        uint256 status
    ) external pure {
        ReplicaRecord memory record;
        (record.tag, record.firstWindow) = (tags[0], firstWindow);
        record.m = uint8(within(m, Counts.MIN_CLASS, Counts.MIN_CLASS + Counts.CLASSES - 1));
        record.index = uint24(within(indices[0], 0, Counts.MAX_COUNT));
        uint256 index = within(indices[1], 0, Counts.MAX_COUNT);
        record.status = ReplicaStatus.Active;
        RecordWord word = Records.active(record.tag, record.firstWindow, record.m, record.index);
        _compare(record, word);

        record.index = uint24(index);
        _compare(record, word = word.withIndex(index));
        record.status = ReplicaStatus(within(status, 1, 3));
        _compare(record, word = word.withStatus(record.status));
        record.tag = tags[1];
        _compare(record, word.withTag(tags[1]));
    }

    function _compare(ReplicaRecord memory expected, RecordWord word) private pure {
        check(keccak256(abi.encode(expected)) == keccak256(abi.encode(word.view_())), "all fields");
        check(expected.tag == word.tag() && expected.status == word.status(), "tag, status");
        same(expected.firstWindow, word.firstWindow(), "first window");
        same(expected.m, word.m(), "class");
        same(expected.index, word.index(), "index");
    }
}
