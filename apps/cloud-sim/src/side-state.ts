import type { XmlObject } from './protocols/xml.js';
import type { Address } from './world/world.js';

/** A volume modification as DescribeVolumesModifications shows it. */
export interface VolumeModification {
  readonly volumeId: string;
  state: 'modifying' | 'optimizing' | 'completed';
  readonly original: VolumeShape;
  readonly target: VolumeShape;
  readonly startTime: number;
  endTime?: number;
}

export interface VolumeShape {
  readonly size: number;
  readonly volumeType: string;
  readonly iops?: number;
  readonly throughput?: number;
}

export interface DatabaseSnapshot {
  readonly id: string;
  readonly databaseId: string;
  readonly accountId: string;
  readonly region: string;
  readonly engine: string;
  readonly allocatedStorage: number;
  readonly createTime: number;
  status: 'creating' | 'available';
}

/** What the API remembers beyond the fields of the generated world. All of it starts empty. */
export class SideState {
  readonly protection = new Map<string, { termination: boolean; stop: boolean }>();
  /** Last start through the API; the world keeps the first launch, from which metrics run. */
  readonly launches = new Map<string, number>();
  /** Stopped instances that get another public address when they start. */
  readonly lostPublicIp = new Set<string>();
  readonly shuttingDown = new Set<string>();
  readonly attachment = new Map<string, 'attaching' | 'detaching'>();
  readonly modifications = new Map<string, VolumeModification>();
  readonly clientTokens = new Map<string, { readonly request: string; readonly id: string }>();
  readonly released = new Map<string, Address>();
  readonly pendingImages = new Set<string>();
  readonly pendingDatabaseChanges = new Map<string, Record<string, string>>();
  readonly databaseSnapshots = new Map<string, DatabaseSnapshot>();
  /** Lifecycle rules put through the API, whole. */
  readonly lifecycles = new Map<string, readonly XmlObject[]>();
  readonly databaseStops = new Map<string, number>();
}
