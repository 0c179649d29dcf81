import { Module } from '@nestjs/common';
import { defineService, runService } from '@trimtab/service';
import { config } from './config.js';
import { workContract } from './contracts.js';
import { SlowConsumer } from './slow.consumer.js';

@Module({ controllers: [SlowConsumer] })
class SlowModule {}

await runService(
  defineService({
    name: 'slow',
    config,
    contracts: { 'slow.work': workContract },
    module: () => ({ module: SlowModule }),
  }),
);
