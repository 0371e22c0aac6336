// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {IVault} from "../interfaces/IVault.sol";
import {MarketParameters} from "../types/Market.sol";
import {Settling} from "./Settling.sol";

/// @title The part of StorageMarket's code that changes deals which go on
/// @dev StorageMarket runs it by delegatecall in its own name and storage; called directly it holds nothing and may nothing.
contract DealChanges is Settling {
    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        IOrderBook orders,
        MarketParameters memory parameters
    ) Settling(vault, registry, spacetime, orders, parameters) {}
}
