import type { Migration } from '@trimtab/event-store';

/** Reports are artifacts; the schema holds only what every service has. */
export const migrations: readonly Migration[] = [];
