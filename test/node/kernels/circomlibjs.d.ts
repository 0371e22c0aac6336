/** The part of circomlibjs 0.1.7 that tests and measurements use as the reference; the package has no types. */
declare module "circomlibjs" {
  interface PoseidonReference {
    (inputs: bigint[]): Uint8Array;
    F: { toObject(element: Uint8Array): bigint };
  }
  export function buildPoseidon(): Promise<PoseidonReference>;
}
