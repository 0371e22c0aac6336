// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Who is due how much at the end of a batch, so that one party is paid with one move
/// @dev Searched line by line: a move in the vault costs as much as some fifty comparisons.
library Payees {
    struct List {
        uint256 length;
        address[] accounts;
        uint256[] amounts;
    }

    function sized(uint256 capacity) internal pure returns (List memory list) {
        list.accounts = new address[](capacity);
        list.amounts = new uint256[](capacity);
    }

    /// @dev The caller must ensure that the list has room for `account`.
    function add(List memory list, address account, uint256 amount) internal pure {
        if (amount == 0) return;
        address[] memory accounts = list.accounts;
        uint256 length = list.length;
        uint256 i;
        while (i < length && accounts[i] != account) ++i;
        if (i == length) {
            accounts[i] = account;
            list.length = length + 1;
        }
        list.amounts[i] += amount;
    }
}
