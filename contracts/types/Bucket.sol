// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev The named liabilities of the vault; `Burned` is owed to nobody and leaves for the dead address.
enum Bucket {
    Accounts,
    Escrows,
    Stakes,
    Collateral,
    Bonds,
    Channels,
    Pools,
    Burned
}
