// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IOperatorLinks} from "../interfaces/IOperatorLinks.sol";

/// @title Which lanes are one operator's, said by both sides
/// @dev With one side's word alone, anybody could adorn itself with a known operator's name, or claim a rival's lanes.
abstract contract OperatorLinks is IOperatorLinks {
    struct Link {
        address operator;
        bool accepted;
    }

    mapping(address lane => Link) private _links; // slot 0

    /// @inheritdoc IOperatorLinks
    function acceptLanes(address[] calldata lanes) external {
        for (uint256 i = 0; i < lanes.length; ++i) {
            _requireDeclared(lanes[i]);
            _links[lanes[i]].accepted = true;
            emit OperatorAccepted(lanes[i], msg.sender);
        }
    }

    /// @inheritdoc IOperatorLinks
    function renounceLane(address lane) external {
        _requireDeclared(lane);
        delete _links[lane];
        emit OperatorRenounced(lane, msg.sender);
    }

    /// @inheritdoc IOperatorLinks
    function operatorOf(address lane) public view returns (address) {
        Link memory link = _links[lane];
        return link.accepted ? link.operator : address(0);
    }

    /// @inheritdoc IOperatorLinks
    function declaredOperatorOf(address lane) external view returns (address) {
        return _links[lane].operator;
    }

    /// @dev The caller must ensure that `lane` itself says so.
    function _declare(address lane, address operator) internal {
        require(operator != lane, OperatorIsLane(lane));
        _links[lane] = Link({operator: operator, accepted: false});
        emit OperatorDeclared(lane, operator);
    }

    /// @dev For a lane that is no provider any more.
    function _unlink(address lane) internal {
        if (_links[lane].operator != address(0)) _declare(lane, address(0));
    }

    function _requireDeclared(address lane) private view {
        address declared = _links[lane].operator;
        require(declared == msg.sender, OperatorNotDeclared(lane, msg.sender, declared));
    }
}
