// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";
include "level.circom";

// Proves that `leaf` stands at `index` of an 8-ary Poseidon tree of `depth` levels, 1 <= depth <= D, 0 <= index < 8^depth,
// and gives the tree's `root` and `position = index + depth * 2^(3D)`.
// Public:  nothing (a building block).
// Private: leaf, index, active (one flag a level, ones first; their sum is the depth), children (a level's eight nodes).
// The caller must ensure that 3D < 253, so that the bits of `index` are unique, and that root and position are bound.
template Opening(D) {
    assert(D >= 1 && 3 * D < 253);
    signal input leaf;
    signal input index;
    signal input active[D];
    signal input children[D][8];
    signal output root;
    signal output position;

    // A tree without levels would make any value its own root.
    active[0] === 1;
    var depth = 1;
    for (var j = 1; j < D; j++) {
        active[j] * (active[j] - 1) === 0;
        active[j] * (1 - active[j - 1]) === 0;
        depth += active[j];
    }

    signal bits[3 * D] <== Num2Bits(3 * D)(index);
    component levels[D];
    for (var j = 0; j < D; j++) {
        // A digit above the tree's top has no child to choose: without this one path would answer for many indices.
        if (j > 0) {
            (1 - active[j]) * (bits[3 * j] + 2 * bits[3 * j + 1] + 4 * bits[3 * j + 2]) === 0;
        }
        levels[j] = Level();
        levels[j].current <== j == 0 ? leaf : levels[j - 1].parent;
        for (var k = 0; k < 3; k++) {
            levels[j].digit[k] <== bits[3 * j + k];
        }
        levels[j].children <== children[j];
        levels[j].active <== active[j];
    }

    root <== levels[D - 1].parent;
    position <== index + depth * 2 ** (3 * D);
}
