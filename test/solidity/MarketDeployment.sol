// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {HoldfastToken} from "../../contracts/HoldfastToken.sol";
import {PaymentChannels} from "../../contracts/PaymentChannels.sol";
import {ProviderRegistry} from "../../contracts/ProviderRegistry.sol";
import {SpacetimeProofs} from "../../contracts/SpacetimeProofs.sol";
import {StorageMarket} from "../../contracts/StorageMarket.sol";
import {Vault} from "../../contracts/Vault.sol";
import {IBeacon} from "../../contracts/interfaces/IBeacon.sol";
import {IForcedRetrieval} from "../../contracts/interfaces/IForcedRetrieval.sol";
import {IOrderBook} from "../../contracts/interfaces/IOrderBook.sol";
import {IProviderRegistry} from "../../contracts/interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "../../contracts/interfaces/ISpacetimeProofs.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {DealChanges} from "../../contracts/market/DealChanges.sol";
import {DealOpening} from "../../contracts/market/DealOpening.sol";
import {RetrievalMock} from "../../contracts/mocks/RetrievalMock.sol";
import {VerifierMock} from "../../contracts/mocks/VerifierMock.sol";
import {MarketParameters} from "../../contracts/types/Market.sol";
import {RegistryParameters} from "../../contracts/types/Provider.sol";
import {SpacetimeParameters} from "../../contracts/types/Spacetime.sol";

/// @dev Blocks that a test rolls to have no hash.
contract BeaconStub is IBeacon {
    function randomnessAt(uint256 blockNumber) external pure returns (bytes32) {
        return keccak256(abi.encode(blockNumber));
    }

    function lifetime() external pure returns (uint256) {
        return type(uint256).max;
    }
}

/// @title Vault, registry, proofs, market and channels, as scripts/lib/deployment-plan.ts puts them together; no order is ever open
abstract contract MarketDeployment {
    uint256 internal constant PERIOD = 30;
    uint128 internal constant MINIMUM_STAKE = 8_000_000;
    uint256 internal constant SUPPLY = 10 ** 30;

    HoldfastToken internal token;
    Vault internal vault;
    ProviderRegistry internal registry;
    SpacetimeProofs internal proofs;
    StorageMarket internal market;
    PaymentChannels internal channels;

    function deploy() internal {
        token = new HoldfastToken(SUPPLY);
        MarketParameters memory shares = MarketParameters({
            protocolFeeBps: 300, clientShareBps: 5_000, repairerShareBps: 2_500, callerShareBps: 500
        });
        BeaconStub beacon = new BeaconStub();
        VerifierMock verifier = new VerifierMock(4, 9);
        RetrievalMock retrieval = new RetrievalMock();
        NoOrders orders = new NoOrders();
        // Each contract knows the others by the addresses that the next creations will have.
        address[] memory next = new address[](7);
        for (uint256 i = 0; i < next.length; ++i) {
            next[i] = _created(5 + i + 1);
        }
        address[] memory modules = new address[](3);
        (modules[0], modules[1], modules[2]) = (next[1], next[5], next[6]);
        token.approve(next[0], 1_000);
        vault = new Vault(token, modules);
        registry = new ProviderRegistry(
            vault,
            ISpacetimeProofs(next[2]),
            IForcedRetrieval(address(retrieval)),
            RegistryParameters({minimumStake: MINIMUM_STAKE, unbondingDelay: 40})
        );
        // A miss of the smallest replica burns 200,000.
        proofs = new SpacetimeProofs(
            SpacetimeParameters({
                genesis: 0,
                period: uint40(PERIOD),
                windowLength: 24,
                beta: 200_000 * 2 ** 51,
                maxWeight: 8 * 2 ** 13
            }),
            registry,
            next[5],
            verifier,
            beacon,
            address(0)
        );
        IOrderBook book = IOrderBook(address(orders));
        DealOpening opening = new DealOpening(vault, registry, proofs, book, shares.protocolFeeBps);
        DealChanges changes = new DealChanges(vault, registry, proofs, book, shares);
        market = new StorageMarket(vault, registry, proofs, book, address(this), shares, opening, changes);
        channels = new PaymentChannels(vault, 20);
    }

    /// @dev Of this contract's creation number `nonce`, which is below 128.
    function _created(uint256 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), uint8(nonce))))));
    }
}

/// @dev Nobody ever posted an order.
contract NoOrders {
    function isOpen(bytes32) external pure returns (bool) {
        return false;
    }
}
