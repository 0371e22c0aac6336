// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";

// Proves that `out` is the Poseidon sponge of the N values: 16 a step, the last step filled with zeros, the first state
// is `STATE` and each later one is the step before.
// Public:  nothing (a building block).
// Private: values.
// The caller must ensure that STATE tells N apart from every other N in use: the zeros at the end do not.
template Digest(N, STATE) {
    signal input values[N];
    signal output out;

    var STEPS = (N + 15) \ 16;
    component steps[STEPS];
    for (var s = 0; s < STEPS; s++) {
        steps[s] = PoseidonEx(16, 1);
        steps[s].initialState <== s == 0 ? STATE : steps[s - 1].out[0];
        for (var i = 0; i < 16; i++) {
            steps[s].inputs[i] <== 16 * s + i < N ? values[16 * s + i] : 0;
        }
    }
    out <== steps[STEPS - 1].out[0];
}
