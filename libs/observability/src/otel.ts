/** Loaded before anything else (`node --import`), lets instrumentations see ES modules. */
import { register } from 'node:module';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
