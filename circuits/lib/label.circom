// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";
include "opening.circom";

// Proves that in one 8-ary Poseidon tree of `depth` levels, 1 <= depth <= D, a leaf is the label that its six parents give:
// leaf[0] = Poseidon(8)(id, index[0], leaf[1], ..., leaf[6]), leaf[n] standing at index[n]; gives the tree's `root` and
// `places = index[0] + index[1] * 2^(3D) + ... + index[6] * 2^(18D) + depth * 2^(21D)`.
// Public:  nothing (a building block).
// Private: leaf, index (the label's first, then its parents'), active (see Opening), children (of each leaf's path).
// The caller must ensure that root, id and places are bound to what it expects: which parents a label has is not looked at.
template Label(D) {
    // Seven indices below 2^(3D) and the depth have to fit the field side by side.
    assert(D >= 1 && 21 * D + 8 < 253);
    signal input id;
    signal input leaf[7];
    signal input index[7];
    signal input active[D];
    signal input children[7][D][8];
    signal output root;
    signal output places;

    component openings[7];
    var indices = 0;
    for (var n = 0; n < 7; n++) {
        openings[n] = Opening(D);
        openings[n].leaf <== leaf[n];
        openings[n].index <== index[n];
        openings[n].active <== active;
        openings[n].children <== children[n];
        if (n > 0) openings[n].root === openings[0].root;
        indices += index[n] * 2 ** (3 * D * n);
    }

    signal label <== Poseidon(8)([id, index[0], leaf[1], leaf[2], leaf[3], leaf[4], leaf[5], leaf[6]]);
    label === leaf[0];

    root <== openings[0].root;
    // position - index = depth * 2^(3D).
    places <== indices + (openings[0].position - index[0]) * 2 ** (18 * D);
}
