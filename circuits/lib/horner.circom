// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

// Proves that `out = values[0] * r^(N-1) + values[1] * r^(N-2) + ... + values[N-1]`.
// Public:  nothing (a building block).
// Private: values, r.
// The caller must ensure that r was drawn after the values were fixed: then two different vectors agree with
// probability at most (N - 1) / p (Schwartz-Zippel).
template Horner(N) {
    signal input values[N];
    signal input r;
    signal output out;

    signal sums[N];
    sums[0] <== values[0];
    for (var i = 1; i < N; i++) {
        sums[i] <== sums[i - 1] * r + values[i];
    }
    out <== sums[N - 1];
}
