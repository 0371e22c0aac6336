// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @dev A token that behaves until it is told to misbehave, in one of the ways that tokens do.
contract HostileToken is ERC20Permit {
    enum Vice {
        None,
        /// Delivers 1 % less than asked.
        FeeFromReceiver,
        /// Takes 1 % more than asked.
        FeeFromSender,
        /// Moves nothing and answers `false`.
        ReturnsFalse,
        /// Moves nothing and answers `true`.
        Lies,
        /// Calls back while it moves.
        CallsBack,
        /// Delivers 1 % less than asked when its holder pays, and everything when another account collects.
        FeeFromPayout
    }

    Vice public vice;
    address public target;
    bytes public data;
    /// Whether the call back went through.
    bool public entered;

    constructor(uint256 supply, Vice vice_) ERC20("Hostile", "BAD") ERC20Permit("Hostile") {
        _mint(msg.sender, supply);
        vice = vice_;
    }

    function turn(Vice vice_) external {
        vice = vice_;
    }

    function callBack(address target_, bytes calldata data_) external {
        (vice, target, data) = (Vice.CallsBack, target_, data_);
    }

    /// @dev Lets the token itself hold balances at the target, so that what it calls back could pay.
    function perform(address target_, bytes calldata data_) external {
        Address.functionCall(target_, data_);
    }

    function transfer(address to, uint256 value) public override returns (bool moved) {
        moved = _move(msg.sender, to, value);
        if (vice == Vice.FeeFromPayout) _burn(to, value / 100);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        _spendAllowance(from, msg.sender, value);
        return _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        if (vice == Vice.ReturnsFalse) return false;
        if (vice == Vice.Lies) return true;
        if (vice == Vice.CallsBack) (entered,) = target.call(data);
        _transfer(from, to, value);
        if (vice == Vice.FeeFromReceiver) _burn(to, value / 100);
        if (vice == Vice.FeeFromSender) _burn(from, value / 100);
        return true;
    }
}
