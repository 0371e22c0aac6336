// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title The dataRoot of a replica, checked one group at a time
/// @notice dataRoot = SHA-256(0x02 | group count, 8 bytes | root), with the root of an RFC 6962 SHA-256 tree over the groups
/// (leaf 0x00 | group, node 0x01 | left | right). Mirrored by node/data/{data-root,hash-tree}.ts.
library DataRoots {
    /// @dev 512 elements of 31 bytes.
    uint256 internal constant GROUP_BYTES = 15_872;

    function leafOf(bytes memory group) internal pure returns (bytes32) {
        return sha256(bytes.concat(bytes1(0x00), group));
    }

    /// @notice The dataRoot that `path` proves for `leaf` at `index` of `groups`; zero if the path has not the shape that
    /// this index has in such a tree. The walk is that of RFC 9162, section 2.1.3.2.
    /// @dev A path is used up to the tree's height at most, whatever its length.
    function rootFrom(bytes32 leaf, uint256 index, uint256 groups, bytes32[] calldata path)
        internal
        pure
        returns (bytes32)
    {
        if (index >= groups) return 0;
        uint256 last = groups - 1;
        bytes32 root = leaf;
        for (uint256 i = 0; i < path.length; ++i) {
            if (last == 0) return 0;
            if (index & 1 == 1 || index == last) {
                root = _node(path[i], root);
                // A last node without a right sibling rises unchanged until it is a right child. It is not node 0.
                while (index & 1 == 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                root = _node(root, path[i]);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 ? sha256(abi.encodePacked(bytes1(0x02), uint64(groups), root)) : bytes32(0);
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
