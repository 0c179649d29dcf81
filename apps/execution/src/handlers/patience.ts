/** How long to wait for the cloud, in milliseconds; also the Nest token of it. */
export class Patience {
  constructor(
    readonly pollMs: number,
    /** For a state to be reached. */
    readonly waitMs: number,
    /** For an effect with an unknown outcome to show, before it counts as not done. */
    readonly settleMs: number,
  ) {}
}
