// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {DataRoots} from "../libraries/DataRoots.sol";
import {Masks} from "../libraries/Masks.sol";

/// @title Masks and dataRoots, callable: what the TypeScript mirrors are compared with
contract DownloadHarness {
    function applied(bytes32 key, bytes32 session, uint256 index, bytes calldata group)
        external
        pure
        returns (bytes memory)
    {
        return Masks.applied(key, session, index, group);
    }

    function leafOf(bytes calldata group) external pure returns (bytes32) {
        return DataRoots.leafOf(group);
    }

    function rootFrom(bytes32 leaf, uint256 index, uint256 groups, bytes32[] calldata path)
        external
        pure
        returns (bytes32)
    {
        return DataRoots.rootFrom(leaf, index, groups, path);
    }
}
