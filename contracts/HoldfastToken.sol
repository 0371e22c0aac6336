// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The token of a local deployment: a fixed supply, 18 decimals, ERC-2612 permits
/// @notice A deployment elsewhere brings its own ERC-20; nothing in Holdfast mints.
contract HoldfastToken is ERC20Permit {
    constructor(uint256 supply) ERC20("Holdfast Token", "HOLD") ERC20Permit("Holdfast Token") {
        _mint(msg.sender, supply);
    }
}
