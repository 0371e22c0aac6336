// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Bucket} from "./types/Bucket.sol";
import {PermitDeposit} from "./types/Deal.sol";

error VaultNotAModule(address caller);
error VaultNotOwnerOrModule(address owner, address caller);
error VaultBucketNotHeldByModules(Bucket bucket);
error VaultInsufficientFree(address account, uint256 needed, uint256 free);
error VaultInsufficientHeld(address module, Bucket bucket, uint256 needed, uint256 held);
/// @dev The token moved something else than it was asked to: it takes fees, rebases or lies.
error VaultTokenDelta(uint256 expected, uint256 found);
error VaultZeroAddress();
error VaultTooManyModules(uint256 most, uint256 found);
error VaultDuplicateModule(address module);
error VaultFull(uint256 most, uint256 needed);

/// @title The only holder of the token
/// @dev An internal move touches two words, `_free[account]` and `held[module][bucket]`; sums are derived when somebody asks.
/// The token is called in four places only (the constructor and the guarded deposit, withdraw, sweepBurned).
contract Vault is IVault, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    address public constant DEAD = 0x000000000000000000000000000000000000dEaD;

    /// @dev Bounds the loops of `totalOf` and `sweepBurned`.
    uint256 public constant MAX_MODULES = 9;

    /// @dev Base units moved out and back at deployment: enough for a fee of 0.1 % to show.
    uint256 public constant PROBE = 1000;

    IERC20 private immutable TOKEN;
    /// @inheritdoc IVault
    uint256 public immutable DEPLOYMENT_BLOCK = block.number;

    /// @dev A word with a storage pointer, so that reading and writing it hashes its place once.
    struct Balance {
        uint256 amount;
    }

    mapping(address account => Balance) private _free;
    /// @inheritdoc IVault
    mapping(address module => mapping(Bucket bucket => Balance)) public held;
    /// @inheritdoc IVault
    mapping(address account => bool) public isModule;
    address[] private _modules;
    /// @inheritdoc IVault
    uint256 public totalLiabilities;

    /// @param token_ Must deliver what it is asked to; the deployer has approved `PROBE` units to this address.
    /// @param modules_ Who may lock; may not have code yet.
    constructor(IERC20 token_, address[] memory modules_) {
        require(modules_.length <= MAX_MODULES, VaultTooManyModules(MAX_MODULES, modules_.length));
        for (uint256 i = 0; i < modules_.length; ++i) {
            address module = modules_[i];
            require(module != address(0), VaultZeroAddress());
            require(!isModule[module], VaultDuplicateModule(module));
            isModule[module] = true;
        }
        _modules = modules_;
        TOKEN = token_;

        uint256 before = token_.balanceOf(msg.sender);
        _pull(msg.sender, PROBE);
        _push(msg.sender, PROBE);
        uint256 back = token_.balanceOf(msg.sender);
        require(back == before, VaultTokenDelta(before, back));
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IVault
    function deposit(uint256 amount) external nonReentrant {
        _deposit(msg.sender, msg.sender, amount);
    }

    /// @inheritdoc IVault
    function depositFor(address account, uint256 amount) external nonReentrant {
        require(account != address(0), VaultZeroAddress());
        _deposit(msg.sender, account, amount);
    }

    /// @inheritdoc IVault
    /// @dev Not for anyone: a token whose fallback swallows `permit` would let a stranger spend a standing allowance.
    function depositWithPermit(address owner, PermitDeposit calldata permit) external nonReentrant {
        require(msg.sender == owner || isModule[msg.sender], VaultNotOwnerOrModule(owner, msg.sender));
        if (permit.amount == 0) return;
        // A permit that was front-run has done its work; one that is wrong fails at the transfer.
        try IERC20Permit(address(TOKEN)).permit(
            owner, address(this), permit.amount, permit.deadline, permit.v, permit.r, permit.s
        ) {} catch {} // solhint-disable-line no-empty-blocks
        _deposit(owner, owner, permit.amount);
    }

    /// @inheritdoc IVault
    function withdraw(uint256 amount, address to) external nonReentrant {
        require(to != address(0), VaultZeroAddress());
        _takeFree(msg.sender, amount);
        totalLiabilities -= amount;
        emit Withdrawn(msg.sender, to, amount);
        _push(to, amount);
    }

    /// @inheritdoc IVault
    function sweepBurned() external nonReentrant returns (uint256 amount) {
        for (uint256 i = 0; i < _modules.length; ++i) {
            Balance storage burned = held[_modules[i]][Bucket.Burned];
            amount += burned.amount;
            burned.amount = 0;
        }
        totalLiabilities -= amount;
        emit BurnsSwept(amount);
        _push(DEAD, amount);
    }

    // ---------------------------------------------------------------- MODULE
    // Only `lock` and `tryLock` ask who calls: a stranger holds nothing, so there is nothing that it could release, shift or burn.

    /// @inheritdoc IVault
    function lock(Bucket bucket, address account, uint256 amount) external {
        require(_lock(bucket, account, amount), VaultInsufficientFree(account, amount, _free[account].amount));
    }

    /// @inheritdoc IVault
    function tryLock(Bucket bucket, address account, uint256 amount) external returns (bool locked) {
        return _lock(bucket, account, amount);
    }

    /// @inheritdoc IVault
    function release(Bucket bucket, address account, uint256 amount) external {
        if (amount == 0) return;
        require(account != address(0), VaultZeroAddress());
        _takeHeld(bucket, amount);
        unchecked {
            _free[account].amount += amount; // at most totalLiabilities
        }
        emit Released(msg.sender, bucket, account, amount);
    }

    /// @inheritdoc IVault
    function shift(Bucket from, Bucket to, uint256 amount) external {
        _requireModuleBucket(to);
        if (amount == 0) return;
        _takeHeld(from, amount);
        unchecked {
            held[msg.sender][to].amount += amount; // at most totalLiabilities
        }
        emit Shifted(msg.sender, from, to, amount);
    }

    /// @inheritdoc IVault
    function burn(Bucket bucket, uint256 amount) external {
        if (amount == 0) return;
        _takeHeld(bucket, amount);
        unchecked {
            held[msg.sender][Bucket.Burned].amount += amount; // at most totalLiabilities
        }
        emit Burned(msg.sender, bucket, amount);
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IVault
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IVault
    function freeOf(address account) external view returns (uint256) {
        return _free[account].amount;
    }

    /// @inheritdoc IVault
    function modules() external view returns (address[] memory) {
        return _modules;
    }

    /// @inheritdoc IVault
    function totalOf(Bucket bucket) external view returns (uint256 total) {
        if (bucket != Bucket.Accounts) return _heldByAll(bucket);
        total = totalLiabilities;
        for (uint256 other = 1; other <= uint256(type(Bucket).max); ++other) {
            total -= _heldByAll(Bucket(other));
        }
    }

    // ---------------------------------------------------------------- inner

    function _deposit(address from, address account, uint256 amount) private {
        _pull(from, amount);
        uint256 total = totalLiabilities + amount;
        // Every balance and bucket fits 128 bits from here on, wherever it is packed.
        require(total <= type(uint128).max, VaultFull(type(uint128).max, total));
        totalLiabilities = total;
        unchecked {
            _free[account].amount += amount; // at most totalLiabilities
        }
        emit Deposited(account, amount);
    }

    /// @dev A nested pull or push in the token's callback would be counted twice: callers hold the guard.
    function _pull(address from, uint256 amount) private {
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(from, address(this), amount);
        uint256 found = TOKEN.balanceOf(address(this));
        require(found == before + amount, VaultTokenDelta(before + amount, found));
    }

    /// @dev Checks the sender's side: a token that takes more than it is asked for would spend others' balances.
    function _push(address to, uint256 amount) private {
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransfer(to, amount);
        uint256 found = TOKEN.balanceOf(address(this));
        require(found + amount == before, VaultTokenDelta(before - amount, found));
    }

    function _lock(Bucket bucket, address account, uint256 amount) private returns (bool) {
        require(isModule[msg.sender], VaultNotAModule(msg.sender));
        _requireModuleBucket(bucket);
        Balance storage account_ = _free[account];
        uint256 free = account_.amount;
        if (free < amount) return false;
        if (amount == 0) return true;
        unchecked {
            account_.amount = free - amount;
            held[msg.sender][bucket].amount += amount; // at most totalLiabilities
        }
        emit Locked(msg.sender, bucket, account, amount);
        return true;
    }

    function _takeFree(address account, uint256 amount) private {
        Balance storage account_ = _free[account];
        uint256 free = account_.amount;
        require(free >= amount, VaultInsufficientFree(account, amount, free));
        unchecked {
            account_.amount = free - amount;
        }
    }

    function _takeHeld(Bucket bucket, uint256 amount) private {
        _requireModuleBucket(bucket);
        Balance storage holding = held[msg.sender][bucket];
        uint256 balance = holding.amount;
        require(balance >= amount, VaultInsufficientHeld(msg.sender, bucket, amount, balance));
        unchecked {
            holding.amount = balance - amount;
        }
    }

    /// @dev Accounts are not a module's, and what is burned never comes back.
    function _requireModuleBucket(Bucket bucket) private pure {
        require(bucket != Bucket.Accounts && bucket != Bucket.Burned, VaultBucketNotHeldByModules(bucket));
    }

    function _heldByAll(Bucket bucket) private view returns (uint256 total) {
        for (uint256 i = 0; i < _modules.length; ++i) {
            total += held[_modules[i]][bucket].amount;
        }
    }
}
