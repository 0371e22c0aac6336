// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {HoldfastToken} from "../../contracts/HoldfastToken.sol";
import {PaymentChannels} from "../../contracts/PaymentChannels.sol";
import {ProviderRegistry} from "../../contracts/ProviderRegistry.sol";
import {SpacetimeProofs} from "../../contracts/SpacetimeProofs.sol";
import {StorageMarket} from "../../contracts/StorageMarket.sol";
import {Vault} from "../../contracts/Vault.sol";
import {Channel, SignedVoucher, Voucher} from "../../contracts/interfaces/IPaymentChannels.sol";
import {
    DealRequest,
    Filling,
    Offer,
    SignedSlotOffer,
    SlotOffer,
    SlotStatus,
    Terms
} from "../../contracts/types/Deal.sol";
import {Ask, Profile} from "../../contracts/types/Provider.sol";
import {Invariants} from "../invariants/Invariants.sol";
import {CHEATS} from "./Cheats.sol";
import {Fuzz} from "./Fuzz.sol";
import {MarketDeployment} from "./MarketDeployment.sol";

/// @title What the runner calls in any order and with any arguments: every function is one thing that somebody may do
/// @dev In one file with the test: the runner knows a contract by its code, which differs a little from one compilation to the
/// next. A call that the market refuses reverts, and the runner goes on. Blocks are counted here, so that they pass only when
/// the handler says so.
contract MarketHandler {
    uint256 private constant FUNDS = 10 ** 12;
    uint256 private constant WINDOW_LENGTH = 24;

    // In storage: the runner knows a contract by its code, and immutables are a part of that.
    HoldfastToken private _token;
    Vault private _vault;
    ProviderRegistry private _registry;
    SpacetimeProofs private _proofs;
    StorageMarket private _market;
    PaymentChannels private _channels;

    /// @dev Keys of two clients, then of three providers; the first provider is honest.
    uint256[5] private _keys = [uint256(11), 12, 13, 14, 15];
    address[] private _clients;
    address[] private _providers;
    Filling[] private _fillings;
    mapping(bytes32 dealKey => DealRequest) private _requests;
    uint256 private _count;
    uint256 private _now;

    uint256 public deposited;
    uint256 public withdrawn;
    mapping(address provider => uint256) public paid;
    mapping(address provider => uint256) public cancelFees;

    constructor(
        HoldfastToken token,
        Vault vault,
        ProviderRegistry registry,
        SpacetimeProofs proofs,
        StorageMarket market,
        PaymentChannels channels
    ) {
        (_token, _vault, _registry) = (token, vault, registry);
        (_proofs, _market, _channels) = (proofs, market, channels);
        _now = block.number;
    }

    /// @notice Gives everybody something to lose; the caller has sent the tokens.
    function furnish() external {
        _token.approve(address(_vault), type(uint256).max);
        Ask memory ask;
        (ask.minWindows, ask.maxWindows, ask.minM, ask.maxM, ask.accepting) = (1, 1_000, 13, 27, true);
        Profile memory profile = Profile({peerId: hex"1220", addresses: "/ip4/127.0.0.1/tcp/1", region: 0x4445, capacity: 1});
        for (uint256 i = 0; i < _keys.length; ++i) {
            address actor = CHEATS.addr(_keys[i]);
            _vault.depositFor(actor, FUNDS);
            deposited += FUNDS;
            if (i < 2) {
                _clients.push(actor);
                continue;
            }
            _providers.push(actor);
            CHEATS.prank(actor);
            _registry.register(profile, ask);
            CHEATS.prank(actor);
            _registry.stake(i == 2 ? 200_000_000 : 20_000_000);
        }
    }

    /// @dev Each call is in a block of its own, before which the honest provider proves what is due.
    modifier inBlock() {
        CHEATS.roll(++_now);
        _proveIfDue(_providers[0]);
        _;
    }

    // ---------------------------------------------------------------- anybody

    function pass(uint256 blocks) external inBlock {
        // Never over a whole window of the honest provider.
        for (uint256 i = blocks % 60; i != 0; --i) {
            CHEATS.roll(++_now);
            _proveIfDue(_providers[0]);
        }
    }

    function deposit(uint256 who, uint64 amount) external inBlock {
        _vault.depositFor(_actor(who), amount);
        deposited += amount;
    }

    function withdraw(uint256 who, uint256 amount) external inBlock {
        address actor = _actor(who);
        CHEATS.prank(actor);
        _vault.withdraw(amount, actor);
        withdrawn += amount;
    }

    function sweepBurned() external inBlock {
        withdrawn += _vault.sweepBurned();
    }

    function settle(uint256 which, uint256 maxWindows) external inBlock {
        Filling memory filling = _fillings[which % _fillings.length];
        uint256 before = _vault.freeOf(filling.offer.provider);
        _market.settle(filling, uint64(maxWindows % 40));
        paid[filling.offer.provider] += _vault.freeOf(filling.offer.provider) - before;
    }

    function release(uint256 which) external inBlock {
        Filling memory filling = _fillings[which % _fillings.length];
        CHEATS.prank(filling.offer.client);
        _market.release(filling);
    }

    function account(uint256 who, uint256 maxWindows) external inBlock {
        _proofs.account(_provider(who), maxWindows % 40);
    }

    function sweep(uint256 who, uint256 which) external inBlock {
        bytes32[] memory roots = new bytes32[](1);
        roots[0] = _fillings[which % _fillings.length].offer.root;
        _proofs.sweep(_provider(who), roots);
    }

    // ---------------------------------------------------------------- providers

    function prove(uint256 who) external inBlock {
        require(_proveIfDue(_provider(who)), "nothing is due");
    }

    function stake(uint256 who, uint64 amount) external inBlock {
        CHEATS.prank(_provider(who));
        _registry.stake(amount);
    }

    function requestUnstake(uint256 who, uint256 amount) external inBlock {
        // The honest one stays.
        CHEATS.prank(_providers[1 + who % 2]);
        _registry.requestUnstake(amount % 40_000_000);
    }

    function withdrawStake(uint256 who) external inBlock {
        CHEATS.prank(_providers[1 + who % 2]);
        _registry.withdrawStake();
    }

    function forfeit(uint256 which) external inBlock {
        Filling memory filling = _fillings[which % _fillings.length];
        // Settled first by somebody else: who finds its own failure earns the caller's share, which is not for windows.
        try this.settle(which, 39) {} catch {} // solhint-disable-line no-empty-blocks
        CHEATS.prank(filling.offer.provider);
        _market.forfeit(filling);
    }

    // ---------------------------------------------------------------- clients

    function open(uint256 who, uint256 seed) external inBlock {
        address client = _clients[who % 2];
        Terms memory terms;
        (terms.slots, terms.threshold, terms.windows) = (2, 1, uint16(4 + seed % 12));
        (terms.maxMisses, terms.coolingOff, terms.minWindows) = (4, uint16(seed % 4), uint16(seed % 3));
        terms.cancelFeeWindows = uint16((seed >> 8) % 4);
        DealRequest memory request = DealRequest({
            salt: bytes32(++_count), terms: terms, headerHash: bytes32(_count), minSlots: 1, maxPayment: FUNDS
        });
        bytes32 dealKey = _market.dealKeyOf(client, request.salt, terms);
        SignedSlotOffer[] memory signed = new SignedSlotOffer[](2);
        Offer[2] memory offers;
        uint256 first = seed % 3;
        for (uint256 i = 0; i < 2; ++i) {
            (offers[i], signed[i]) = _offer(client, dealKey, uint8(i), (first + i) % 3, seed >> (16 * (i + 1)), terms.windows);
        }
        CHEATS.prank(client);
        _market.openDeal(request, signed);
        _requests[dealKey] = request;
        for (uint256 i = 0; i < 2; ++i) {
            Offer memory offer = offers[i];
            if (_market.slotOf(dealKey, offer.slot).status != SlotStatus.Active) continue;
            uint40 firstWindow = _proofs.recordOf(offer.provider, offer.root).firstWindow;
            _fillings.push(Filling({offer: offer, firstWindow: firstWindow}));
        }
    }

    function cancel(uint256 which) external inBlock {
        Filling memory filling = _fillings[which % _fillings.length];
        DealRequest memory request = _requests[filling.offer.dealKey];
        uint256 before = _vault.freeOf(filling.offer.provider);
        CHEATS.prank(filling.offer.client);
        _market.cancel(filling, request.salt, request.terms);
        _notePaid(filling, before);
        cancelFees[filling.offer.provider] += uint256(request.terms.cancelFeeWindows) * filling.offer.price;
    }

    function drop(uint256 which) external inBlock {
        Filling memory filling = _fillings[which % _fillings.length];
        DealRequest memory request = _requests[filling.offer.dealKey];
        uint256 before = _vault.freeOf(filling.offer.provider);
        CHEATS.prank(filling.offer.client);
        _market.drop(filling, request.salt, request.terms);
        _notePaid(filling, before);
    }

    // ---------------------------------------------------------------- channels

    function fund(uint256 who, uint256 whom, uint64 amount) external inBlock {
        (address[] memory payees, uint128[] memory amounts) = (new address[](1), new uint128[](1));
        (payees[0], amounts[0]) = (_provider(whom), amount);
        CHEATS.prank(_clients[who % 2]);
        _channels.fund(payees, amounts);
    }

    function redeem(uint256 who, uint256 whom, uint64 cumulative, bool forged) external inBlock {
        address payer = _clients[who % 2];
        Channel memory channel = _channels.channelOf(payer, _provider(whom));
        SignedVoucher[] memory vouchers = new SignedVoucher[](1);
        vouchers[0].voucher =
            Voucher({payer: payer, provider: _provider(whom), epoch: channel.epoch, cumulative: cumulative});
        uint256 key = forged ? _keys[4] : _keys[who % 2];
        vouchers[0].signature = _sign(key, _channels.hashVoucher(vouchers[0].voucher));
        _channels.redeem(vouchers);
    }

    function closeChannel(uint256 who, uint256 whom, bool atOnce) external inBlock {
        (address payer, address provider) = (_clients[who % 2], _provider(whom));
        if (atOnce) {
            CHEATS.prank(provider);
            _channels.closeAsProvider(payer);
            return;
        }
        bool closing = _channels.channelOf(payer, provider).closableAt != 0;
        CHEATS.prank(payer);
        if (closing) _channels.close(provider);
        else _channels.startClose(provider);
    }

    // ---------------------------------------------------------------- view

    function fillings() external view returns (Filling[] memory) {
        return _fillings;
    }

    function clients() external view returns (address[] memory) {
        return _clients;
    }

    function providers() external view returns (address[] memory) {
        return _providers;
    }

    // ---------------------------------------------------------------- inner

    function _notePaid(Filling memory filling, uint256 before) private {
        paid[filling.offer.provider] += _vault.freeOf(filling.offer.provider) - before;
    }

    function _actor(uint256 who) private view returns (address) {
        return who % 5 < 2 ? _clients[who % 5] : _providers[who % 5 - 2];
    }

    function _provider(uint256 who) private view returns (address) {
        return _providers[who % 3];
    }

    /// @dev The verifier takes every proof that begins with 1.
    function _proveIfDue(address provider) private returns (bool) {
        uint40 window = _proofs.closedWindows(provider);
        uint256 opening = _proofs.openingOf(provider, window);
        if (_now <= opening || _now > opening + WINDOW_LENGTH) return false;
        if (_proofs.isProven(provider, window) || _proofs.weightOf(provider) == 0) return false;
        if (_proofs.lane(provider).accounted > window) return false;
        uint256[8] memory proof;
        proof[0] = 1;
        _proofs.submitProof(provider, window, proof, 1);
        return true;
    }

    function _offer(address client, bytes32 dealKey, uint8 slot, uint256 who, uint256 seed, uint256 windows)
        private
        returns (Offer memory offer, SignedSlotOffer memory signed)
    {
        (offer.provider, offer.client, offer.dealKey, offer.slot) = (_providers[who], client, dealKey, slot);
        (offer.root, offer.m, offer.groups) = (bytes32(++_count), 13, 1);
        offer.price = uint128(seed % 150_001);
        offer.collateral = uint128(seed % 3 * windows * offer.price);
        (offer.expiry, offer.epoch) = (type(uint40).max, _registry.offerEpochOf(offer.provider));
        signed.signature = _sign(_keys[who + 2], _market.hashOffer(offer));
        signed.offer = SlotOffer({
            provider: offer.provider,
            slot: slot,
            root: offer.root,
            dataRoot: offer.dataRoot,
            m: offer.m,
            groups: offer.groups,
            price: offer.price,
            collateral: offer.collateral,
            expiry: offer.expiry,
            epoch: offer.epoch
        });
    }

    function _sign(uint256 key, bytes32 digest) private returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}

/// @title The invariants of test/invariants after any calls in any order, by Hardhat's own runner
contract MarketTest is MarketDeployment, Fuzz {
    MarketHandler private _handler;
    address[] private _targets;

    function setUp() external {
        deploy();
        _handler = new MarketHandler(token, vault, registry, proofs, market, channels);
        token.transfer(address(_handler), SUPPLY / 2);
        _handler.furnish();
        _targets.push(address(_handler));
    }

    /// @dev The runner calls nothing else.
    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }

    /// @dev One campaign for all of them: the error names the one that does not hold.
    /// forge-config: default.invariant.runs = 12
    /// forge-config: default.invariant.depth = 60
    function invariant_holds() external view {
        address[] memory providers = _handler.providers();
        Filling[] memory fillings = _handler.fillings();
        for (uint256 i = 0; i < providers.length; ++i) {
            address provider = providers[i];
            (uint256 paid, uint256 fees) = (_handler.paid(provider), _handler.cancelFees(provider));
            check(Invariants.paidForProvenOnly(market, proofs, fillings, provider, paid, fees), "paidForProvenOnly");
            check(Invariants.lanesAreCapped(proofs, provider), "lanesAreCapped");
        }
        check(Invariants.covered(vault), "covered");
        check(Invariants.conserved(vault, _handler.deposited(), _handler.withdrawn()), "conserved");
        check(Invariants.escrowed(vault, market, fillings), "escrowed");
        check(Invariants.activeIsDrawn(market, proofs, fillings), "activeIsDrawn");
        check(Invariants.honestProofsTaken(proofs, providers[0]), "honestProofsTaken");
        check(Invariants.channelsWithinDeposit(vault, channels, _handler.clients(), providers), "channelsWithinDeposit");
    }
}
