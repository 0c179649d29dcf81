import { createPool } from '@trimtab/event-store';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import type { Logger } from '@trimtab/observability';

/** A service that a stall of the machine keeps from starting is started again; a spec is not, so it waits longer. */
const PATIENCE_MS = 45_000;

export const openPool = (url: string): ReturnType<typeof createPool> =>
  createPool({ url, connectMs: PATIENCE_MS });

export const openBus = (url: string, name: string, log?: Logger): Promise<Messaging> =>
  connectMessaging({ url, name, log, firstConnectMs: PATIENCE_MS, apiTimeoutMs: PATIENCE_MS });
