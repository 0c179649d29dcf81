import { SCOPES } from './company.js';
import type { Place, Scope } from './company.js';
import { placeIn } from './company.js';
import { daysAgo, owned, plant } from './draft.js';
import type { Draft } from './draft.js';
import type { Random } from './random.js';
import type { Image, Snapshot } from './world.js';

/** The golden images that every instance of a scope starts from; made first. */
export function addImages(draft: Draft): void {
  const rnd = draft.random.fork('images');
  for (const scope of SCOPES) {
    for (const architecture of ['x86_64', 'arm64'] as const) addGoldenImage(draft, rnd, scope, architecture);
  }
}

function addGoldenImage(draft: Draft, rnd: Random, scope: Scope, architecture: Image['architecture']) {
  const tags = { team: 'platform', service: 'ci', 'cost-center': 'cc-2000', role: 'golden' };
  const id = `ami-0${rnd.hex(16)}`;
  const place: Place = { ...placeIn(rnd, scope), tags };
  const creationDate = daysAgo(draft, rnd, rnd.whole(20, 80));
  const source = `vol-0${rnd.hex(16)}`;
  const snapshot = addSnapshot(draft, rnd, {
    place,
    volumeId: source,
    size: 20,
    startTime: creationDate,
    description: `Created by CreateImage(i-0${rnd.hex(16)}) for ${id}`,
  });
  const name = `golden-al2023-${architecture}-${new Date(creationDate).toISOString().slice(0, 10)}`;
  const image: Image = {
    ...owned(scope, tags),
    id,
    name,
    creationDate,
    snapshotIds: [snapshot.id],
    architecture,
  };
  draft.images.set(id, image);
}

/** Backups of living volumes, orphans to find, and orphans that must stay (an image's, a young one, an exempt one). */
export function addSnapshots(draft: Draft): void {
  const rnd = draft.random.fork('snapshots');
  const volumes = [...draft.volumes.values()].filter((volume) => volume.state === 'in-use');
  for (let i = 0; i < 40; i += 1) {
    const volume = rnd.pick(volumes);
    addSnapshot(draft, rnd, {
      place: placeOf(rnd, volume),
      volumeId: volume.id,
      size: volume.size,
      startTime: daysAgo(draft, rnd, rnd.whole(1, 25)),
      description: 'nightly backup',
    });
  }
  SCOPES.slice(0, 5).forEach((scope) => {
    const snapshot = addOrphan(draft, rnd, placeIn(rnd, scope), rnd.whole(45, 85));
    plant(draft, 'SNP-02', snapshot.id, scope);
  });
  addOrphan(draft, rnd, placeIn(rnd, SCOPES[0] as Scope), 8);
  addOrphan(draft, rnd, exempt(placeIn(rnd, SCOPES[1] as Scope)), 70);
}

function addOrphan(draft: Draft, rnd: Random, place: Place, ageDays: number): Snapshot {
  return addSnapshot(draft, rnd, {
    place,
    volumeId: `vol-0${rnd.hex(16)}`,
    size: rnd.pick([100, 200, 300, 500]),
    startTime: daysAgo(draft, rnd, ageDays),
    description: 'before migration',
  });
}

const placeOf = (
  rnd: Random,
  volume: { accountId: string; region: string; tags: Record<string, string> },
) => {
  const scope = SCOPES.find((s) => s.accountId === volume.accountId && s.region === volume.region) as Scope;
  return { ...placeIn(rnd, scope), tags: { ...volume.tags } };
};

/** The same place with the tag that every check honours. */
export const exempt = (place: Place): Place => ({
  ...place,
  tags: { ...place.tags, 'finops:exempt': 'true' },
});

interface SnapshotSpec {
  readonly place: Place;
  readonly volumeId: string;
  readonly size: number;
  readonly startTime: number;
  readonly description: string;
}

function addSnapshot(draft: Draft, rnd: Random, spec: SnapshotSpec): Snapshot {
  const { place, ...rest } = spec;
  const snapshot: Snapshot = {
    ...owned(place.scope, place.tags),
    id: `snap-0${rnd.hex(16)}`,
    state: 'completed',
    ...rest,
  };
  draft.snapshots.set(snapshot.id, snapshot);
  return snapshot;
}
