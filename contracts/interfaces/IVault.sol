// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Bucket} from "../types/Bucket.sol";
import {PermitDeposit} from "../types/Deal.sol";

/// @title The only holder of the token
/// @notice After every call `token.balanceOf(vault) >= totalLiabilities()`, the sum of all buckets. A surplus belongs to nobody.
/// Modules are fixed at deployment; a module can only move what it locked itself. No owner, no pause.
interface IVault {
    event Deposited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    event Locked(address indexed module, Bucket indexed bucket, address indexed account, uint256 amount);
    event Released(address indexed module, Bucket indexed bucket, address indexed account, uint256 amount);
    event Shifted(address indexed module, Bucket indexed from, Bucket indexed to, uint256 amount);
    event Burned(address indexed module, Bucket indexed bucket, uint256 amount);
    event BurnsSwept(uint256 amount);

    /// @notice Pulls `amount` from the caller into its account. Reverts for tokens that deliver less than asked.
    function deposit(uint256 amount) external;

    /// @notice Pulls `amount` from the caller into `account`'s account.
    function depositFor(address account, uint256 amount) external;

    /// @notice As `deposit` for `owner`, with a permit tried first (a permit that somebody already used is no failure).
    /// Callable by `owner` or a module.
    function depositWithPermit(address owner, PermitDeposit calldata permit) external;

    /// @notice Sends `amount` of the caller's free balance to `to`. Always works.
    function withdraw(uint256 amount, address to) external;

    /// @notice Sends everything burned so far to the dead address. Anyone may call: no settlement ever waits for the token.
    function sweepBurned() external returns (uint256 amount);

    /// @notice MODULE: moves `amount` from `account`'s free balance into the module's `bucket`.
    function lock(Bucket bucket, address account, uint256 amount) external;

    /// @notice MODULE: `lock` that says `false` instead of reverting when `account` has less than `amount`.
    function tryLock(Bucket bucket, address account, uint256 amount) external returns (bool locked);

    /// @notice MODULE: moves `amount` from the module's `bucket` to `account`'s free balance.
    function release(Bucket bucket, address account, uint256 amount) external;

    /// @notice MODULE: moves `amount` between two of the module's own buckets.
    function shift(Bucket from, Bucket to, uint256 amount) external;

    /// @notice MODULE: moves `amount` from the module's `bucket` to the burned bucket.
    function burn(Bucket bucket, uint256 amount) external;

    function token() external view returns (address);
    function freeOf(address account) external view returns (uint256);
    function held(address module, Bucket bucket) external view returns (uint256);
    function isModule(address module) external view returns (bool);
    function modules() external view returns (address[] memory);

    /// @notice Sum of a bucket over all modules; for `Accounts` the sum of all free balances.
    function totalOf(Bucket bucket) external view returns (uint256);
    function totalLiabilities() external view returns (uint256);

    /// @notice The block of deployment: no event of any module is older.
    function DEPLOYMENT_BLOCK() external view returns (uint256);
}
