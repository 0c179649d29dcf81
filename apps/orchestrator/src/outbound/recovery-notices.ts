import { publicEvent } from '@trimtab/contracts';
import type { PublicEvent } from '@trimtab/contracts';
import type { Clock } from '@trimtab/kernel';
import { count, gauge } from '@trimtab/observability';
import type { Logger } from '@trimtab/observability';
import { RecoveryPace } from '../domain/recovery-pace.js';
import type { Metered } from '../domain/recovery-pace.js';
import type { Announcements } from './announcements.js';

export interface NoticeWorld {
  readonly announcements: Announcements;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly instanceId: string;
  readonly recoveryWindow?: number | undefined;
}

/** A pace of which everybody hears: public events, a metric, a log line. */
export function noticedPace({
  announcements,
  clock,
  logger,
  instanceId: instance,
  recoveryWindow,
}: NoticeWorld): RecoveryPace {
  const about = ({ pool: target, window }: Metered) => {
    const [service = '', pool = ''] = target.split('.');
    return { service, pool, instance, window, at: clock.now().toISOString() };
  };
  const say = (event: PublicEvent): void => {
    announcements
      .commit(async (_tx, tell) => tell(event))
      .catch((error: unknown) => logger.warn('a recovery could not be announced', { error }));
  };
  const pace = new RecoveryPace(
    {
      began: (metered) => {
        const { service, pool } = about(metered);
        count(
          'trimtab.recovery.metered',
          { 'trimtab.service': service, 'trimtab.pool': pool },
          1,
          '{recovery}',
        );
        logger.info('commands of recovering runs wait their turn', { ...metered });
        say(publicEvent('trimtab.recovery.began.v1', `service/${service}`, about(metered)));
      },
      ended: (metered) => {
        const { service } = about(metered);
        logger.info('no command waits its turn any more', { ...metered });
        const data = { ...about(metered), most: metered.most };
        say(publicEvent('trimtab.recovery.ended.v1', `service/${service}`, data));
      },
    },
    recoveryWindow,
  );
  gauge('trimtab.recovery.waiting', () => pace.waiting, { unit: '{command}' });
  return pace;
}
