// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Channel, IPaymentChannels} from "../../contracts/interfaces/IPaymentChannels.sol";
import {ISpacetimeProofs} from "../../contracts/interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "../../contracts/interfaces/IStorageMarket.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Bucket} from "../../contracts/types/Bucket.sol";
import {Filling, SlotState, SlotStatus} from "../../contracts/types/Deal.sol";
import {Reserve} from "../../contracts/types/Market.sol";
import {ReplicaRecord, ReplicaStatus} from "../../contracts/types/Spacetime.sol";

/// @title The invariants of list.ts that the contracts can be asked about, under the same names
/// @dev Each says whether it holds. What is passed in is what a handler knows of the calls that it made.
library Invariants {
    /// @notice Statement 1: out of escrows a provider gets the price of the windows that it proved, and fees of cancels.
    function paidForProvenOnly(
        IStorageMarket market,
        ISpacetimeProofs proofs,
        Filling[] memory fillings,
        address provider,
        uint256 paid,
        uint256 cancelFees
    ) internal view returns (bool) {
        uint256 proven;
        for (uint256 i = 0; i < fillings.length; ++i) {
            Filling memory filling = fillings[i];
            if (filling.offer.provider != provider) continue;
            uint256 settled = market.slotOf(filling.offer.dealKey, filling.offer.slot).settled;
            for (uint256 k = 0; k < settled; ++k) {
                if (proofs.isProven(provider, uint40(filling.firstWindow + k))) proven += filling.offer.price;
            }
        }
        return proven <= paid && paid <= proven + cancelFees;
    }

    /// @notice Statement 2: a surplus may lie in the vault, a shortfall never; and the sum of its buckets is what it owes.
    function covered(IVault vault) internal view returns (bool) {
        uint256 owed = vault.totalLiabilities();
        uint256 sum;
        for (uint256 bucket = 0; bucket <= uint256(type(Bucket).max); ++bucket) {
            sum += vault.totalOf(Bucket(bucket));
        }
        return sum == owed && IERC20(vault.token()).balanceOf(address(vault)) >= owed;
    }

    /// @notice Statement 2: what the vault owes is what came in less what went out.
    function conserved(IVault vault, uint256 deposited, uint256 withdrawn) internal view returns (bool) {
        return vault.totalLiabilities() == deposited - withdrawn;
    }

    /// @notice Statement 2: the market's buckets are exactly what its slots say is still owed.
    function escrowed(IVault vault, IStorageMarket market, Filling[] memory fillings) internal view returns (bool) {
        uint256 escrow;
        uint256 collateral;
        uint256 bonus;
        for (uint256 i = 0; i < fillings.length; ++i) {
            Filling memory filling = fillings[i];
            SlotState memory slot = market.slotOf(filling.offer.dealKey, filling.offer.slot);
            Reserve memory reserve = market.reserveOf(filling.offer.dealKey, filling.offer.slot);
            escrow += uint256(slot.end - slot.settled + reserve.left) * filling.offer.price;
            if (slot.status == SlotStatus.Active) collateral += filling.offer.collateral - reserve.penalty;
            bonus += reserve.bonus;
        }
        return vault.held(address(market), Bucket.Escrows) == escrow
            && vault.held(address(market), Bucket.Collateral) == collateral
            && vault.held(address(market), Bucket.Bonds) == bonus;
    }

    /// @notice Statement 3: the replica of every slot that goes on is where a draw would find it.
    function activeIsDrawn(IStorageMarket market, ISpacetimeProofs proofs, Filling[] memory fillings)
        internal
        view
        returns (bool)
    {
        for (uint256 i = 0; i < fillings.length; ++i) {
            Filling memory filling = fillings[i];
            if (market.slotOf(filling.offer.dealKey, filling.offer.slot).status != SlotStatus.Active) continue;
            address provider = filling.offer.provider;
            ReplicaRecord memory record = proofs.recordOf(provider, filling.offer.root);
            if (record.status != ReplicaStatus.Active || record.m != filling.offer.m) return false;
            if (proofs.rootAt(provider, record.m, record.index) != filling.offer.root) return false;
        }
        return true;
    }

    /// @notice Statement 3: no lane outgrows what K challenges can guard.
    function lanesAreCapped(ISpacetimeProofs proofs, address provider) internal view returns (bool) {
        return proofs.weightOf(provider) <= proofs.MAX_WEIGHT();
    }

    /// @notice Statement 6: no window of who proves them all closes unproven.
    function honestProofsTaken(ISpacetimeProofs proofs, address provider) internal view returns (bool) {
        if (proofs.weightOf(provider) == 0) return true;
        uint40 closed = proofs.closedWindows(provider);
        for (uint40 window = proofs.lane(provider).accounted; window < closed; ++window) {
            if (!proofs.isProven(provider, window)) return false;
        }
        return true;
    }

    /// @notice Statement 7: a channel pays no more than it was funded with, and the vault holds what none has paid yet.
    function channelsWithinDeposit(
        IVault vault,
        IPaymentChannels channels,
        address[] memory payers,
        address[] memory providers
    ) internal view returns (bool) {
        uint256 rest;
        for (uint256 i = 0; i < payers.length; ++i) {
            for (uint256 j = 0; j < providers.length; ++j) {
                Channel memory channel = channels.channelOf(payers[i], providers[j]);
                if (channel.redeemed > channel.deposit) return false;
                rest += channel.deposit - channel.redeemed;
            }
        }
        return vault.held(address(channels), Bucket.Channels) == rest;
    }
}
