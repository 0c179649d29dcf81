/** Thresholds of `detectAnomalies`. Amounts are in the unit of the series. */
export interface DetectionOptions {
  /** An anomalous day lies at least this many robust sigmas from its baseline. */
  readonly z: number;
  /** An event counts when its impact reaches max(`absolute`, `relative` × expected). */
  readonly floor: { readonly absolute: number; readonly relative: number };
  /** `up` reports rises only (drops still move the baseline), `both` reports drops too. */
  readonly direction: 'up' | 'both';
  /** Days of history before the first day that can be anomalous. */
  readonly minHistory: number;
  /** A new level is taken as normal after this many anomalous days in a row. */
  readonly absorbAfter: number;
  /** A lower level is taken as normal after this many days. */
  readonly absorbDropAfter: number;
  /** Smallest sigma of log values, for series that hardly vary. */
  readonly sigmaFloor: number;
  /** A drift is reported when the week's level has risen by at least this share over the level 3–6 weeks before. */
  readonly driftShare: number;
}

export const detectionDefaults: DetectionOptions = {
  z: 4,
  floor: { absolute: 50, relative: 0.1 },
  direction: 'up',
  minHistory: 14,
  absorbAfter: 14,
  absorbDropAfter: 3,
  sigmaFloor: 0.025,
  driftShare: 0.2,
};

/** Offset of the logarithm: a fiftieth of the absolute floor, so that cents on an empty series mean nothing. */
export const logOffset = (options: DetectionOptions): number => Math.max(options.floor.absolute / 50, 0.01);
