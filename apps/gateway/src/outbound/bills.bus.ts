import { CostImport, subjects } from '@trimtab/contracts';
import type { Clock } from '@trimtab/kernel';
import { newId } from '@trimtab/kernel';
import type { Messaging } from '@trimtab/messaging';

const LARGE_FILE_MS = 600_000;

/** Asks discovery to import a bill file that it can read. */
export class BusBills {
  constructor(
    private readonly messaging: Messaging,
    private readonly clock: Clock,
  ) {}

  async import(data: { path: string; source?: string | undefined }): Promise<CostImport> {
    const envelope = {
      specversion: '1.0' as const,
      id: newId(this.clock),
      source: '/trimtab/gateway',
      type: 'trimtab.ask.import-costs.v1',
      time: this.clock.now().toISOString(),
      data,
    };
    return CostImport.parse(
      await this.messaging.request(subjects.ask('discovery', 'import-costs'), envelope, LARGE_FILE_MS),
    );
  }
}
