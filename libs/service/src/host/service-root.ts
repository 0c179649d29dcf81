import type { DynamicModule, Type } from '@nestjs/common';
import { Artifacts } from '@trimtab/event-store';
import { Clock } from '@trimtab/kernel';
import { Messaging } from '@trimtab/messaging';
import { ServiceRuntime } from '../runtime.js';

class ServiceRoot {}

/** The app's module with the runtime and its parts as global providers. */
export function serviceRoot(runtime: ServiceRuntime, module: Type | DynamicModule): DynamicModule {
  const providers = [
    { provide: ServiceRuntime, useValue: runtime },
    { provide: Clock, useValue: runtime.clock },
    { provide: Messaging, useValue: runtime.messaging },
    { provide: Artifacts, useValue: runtime.artifacts },
  ];
  return { module: ServiceRoot, global: true, imports: [module], providers, exports: providers };
}
