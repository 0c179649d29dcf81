import type { CloudAccess, CloudActions, CloudProvider, Inventory } from '@trimtab/cloud';
import type { CloudSettings, ExecutionMode } from '@trimtab/contracts';
import { Site, Sites } from '../domain/site.js';
import type { OpenSites } from '../domain/site.js';
import type { Outputs, Step } from '../domain/step.js';
import type { Live, Target } from '../domain/target.js';
import { OverlayActions } from './overlay.actions.js';
import { performStep } from './perform-step.js';
import { readTarget } from './read-target.js';

/** Sites behind the cloud's ports. A dry run gets the overlay, and credentials that cannot act where there are such. */
export class CloudSites extends Sites {
  constructor(private readonly provider: CloudProvider) {
    super();
  }

  override open(settings: CloudSettings, mode: ExecutionMode): OpenSites {
    const cloud = this.provider.open(accessFor(settings, mode));
    const sites = new Map<string, Site>();
    let mutating = 0;
    return {
      at: (accountId, region) => {
        const key = `${accountId} ${region}`;
        const scope = { accountId, region };
        const live = cloud.actions(scope, (request) => (mutating += request.mutating ? request.count : 0));
        const actions = mode === 'live' ? live : new OverlayActions(live);
        const site = sites.get(key) ?? new CloudSite(actions, cloud.inventory(scope), mode === 'live');
        sites.set(key, site);
        return site;
      },
      mutatingRequests: () => mutating,
    };
  }
}

const accessFor = ({ endpoint, accounts }: CloudSettings, mode: ExecutionMode): CloudAccess => ({
  endpoint,
  accounts: accounts.map(({ id, readRoleArn, actRoleArn }) => ({
    id,
    readRoleArn,
    actRoleArn: mode === 'live' ? actRoleArn : readRoleArn,
  })),
});

class CloudSite extends Site {
  constructor(
    private readonly actions: CloudActions,
    private readonly inventory: Inventory,
    override readonly lasting: boolean,
  ) {
    super();
  }

  override read(target: Target): Promise<Live | undefined> {
    return readTarget(this.actions, this.inventory, target);
  }

  override perform(step: Step): Promise<Outputs> {
    return performStep(this.actions, step);
  }
}
