// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Channel, IPaymentChannels, SignedVoucher, Voucher} from "./interfaces/IPaymentChannels.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Bucket} from "./types/Bucket.sol";

error ChannelsCloseDelay(uint256 most, uint256 found);
error ChannelsLengthMismatch(uint256 providers, uint256 amounts);
error ChannelsZeroProvider();
error ChannelEmpty(address payer, address provider);
error ChannelAlreadyClosing(uint40 closableAt);
error ChannelNotClosing(address payer, address provider);
error ChannelCloseTooEarly(uint40 closableAt, uint256 blockNumber);

/// @title Retrieval payments: one channel per (payer, provider)
/// @dev A channel is two words: (deposit, redeemed), which a redemption rewrites, and (epoch, closableAt), which it reads.
contract PaymentChannels is IPaymentChannels, EIP712 {
    bytes32 public constant VOUCHER_TYPEHASH =
        keccak256("Voucher(address payer,address provider,uint64 epoch,uint128 cumulative)");

    /// @dev Far beyond any sensible delay, and far below what a block number of 40 bits can take.
    uint256 public constant MAX_CLOSE_DELAY = 2 ** 32;

    IVault public immutable VAULT;
    /// @inheritdoc IPaymentChannels
    uint256 public immutable CLOSE_DELAY;

    mapping(address payer => mapping(address provider => Channel)) private _channels;

    constructor(IVault vault, uint256 closeDelay) EIP712("Holdfast PaymentChannels", "1") {
        require(closeDelay != 0 && closeDelay <= MAX_CLOSE_DELAY, ChannelsCloseDelay(MAX_CLOSE_DELAY, closeDelay));
        VAULT = vault;
        CLOSE_DELAY = closeDelay;
    }

    // ---------------------------------------------------------------- PAYER

    /// @inheritdoc IPaymentChannels
    function fund(address[] calldata providers, uint128[] calldata amounts) external {
        require(providers.length == amounts.length, ChannelsLengthMismatch(providers.length, amounts.length));
        uint256 total;
        for (uint256 i = 0; i < providers.length; ++i) {
            address provider = providers[i];
            // Nobody could redeem from it; and redeem relies on such a channel being empty.
            require(provider != address(0), ChannelsZeroProvider());
            Channel storage channel = _channels[msg.sender][provider];
            uint128 deposit = channel.deposit + amounts[i];
            channel.deposit = deposit;
            // A close that went on could end in the next block, before the provider redeems what the top-up pays for.
            if (channel.closableAt != 0) channel.closableAt = 0;
            total += amounts[i];
            emit ChannelFunded(msg.sender, provider, channel.epoch, amounts[i], deposit);
        }
        VAULT.lock(Bucket.Channels, msg.sender, total);
    }

    /// @inheritdoc IPaymentChannels
    function startClose(address provider) external {
        Channel storage channel = _channels[msg.sender][provider];
        require(channel.deposit != 0, ChannelEmpty(msg.sender, provider));
        require(channel.closableAt == 0, ChannelAlreadyClosing(channel.closableAt));
        uint40 closableAt = uint40(block.number + CLOSE_DELAY);
        channel.closableAt = closableAt;
        emit ChannelClosing(msg.sender, provider, channel.epoch, closableAt);
    }

    /// @inheritdoc IPaymentChannels
    function close(address provider) external {
        uint40 closableAt = _channels[msg.sender][provider].closableAt;
        require(closableAt != 0, ChannelNotClosing(msg.sender, provider));
        require(block.number >= closableAt, ChannelCloseTooEarly(closableAt, block.number));
        _close(msg.sender, provider);
    }

    // ---------------------------------------------------------------- PROVIDER

    /// @inheritdoc IPaymentChannels
    function closeAsProvider(address payer) external {
        require(_channels[payer][msg.sender].deposit != 0, ChannelEmpty(payer, msg.sender));
        _close(payer, msg.sender);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IPaymentChannels
    function redeem(SignedVoucher[] calldata vouchers) external returns (uint256[] memory paid) {
        paid = new uint256[](vouchers.length);
        for (uint256 i = 0; i < vouchers.length; ++i) {
            paid[i] = _redeem(vouchers[i].voucher, vouchers[i].signature);
        }
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IPaymentChannels
    function channelOf(address payer, address provider) external view returns (Channel memory) {
        return _channels[payer][provider];
    }

    /// @inheritdoc IPaymentChannels
    function hashVoucher(Voucher calldata voucher) public view returns (bytes32 digest) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(VOUCHER_TYPEHASH, voucher.payer, voucher.provider, voucher.epoch, voucher.cumulative)
            )
        );
    }

    // ---------------------------------------------------------------- inner

    /// @dev Returns 0 instead of reverting; the signature, which costs most, is looked at last.
    function _redeem(Voucher calldata voucher, bytes calldata signature) private returns (uint256 due) {
        Channel storage channel = _channels[voucher.payer][voucher.provider];
        uint128 redeemed = channel.redeemed;
        uint128 reached = uint128(Math.min(voucher.cumulative, channel.deposit));
        if (reached <= redeemed || voucher.epoch != channel.epoch) return 0;
        if (!Signatures.isValid(voucher.payer, hashVoucher(voucher), signature)) return 0;

        due = reached - redeemed;
        channel.redeemed = reached;
        emit VoucherRedeemed(voucher.payer, voucher.provider, voucher.epoch, voucher.cumulative, due);
        VAULT.release(Bucket.Channels, voucher.provider, due);
    }

    /// @dev The next epoch starts empty; vouchers of this one are worthless from here on.
    function _close(address payer, address provider) private {
        Channel storage channel = _channels[payer][provider];
        uint256 rest = channel.deposit - channel.redeemed;
        uint64 epoch = channel.epoch;
        _channels[payer][provider] = Channel({deposit: 0, redeemed: 0, epoch: epoch + 1, closableAt: 0});
        emit ChannelClosed(payer, provider, epoch, rest);
        VAULT.release(Bucket.Channels, payer, rest);
    }
}
