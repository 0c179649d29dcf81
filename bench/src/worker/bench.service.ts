import { Controller, Module } from '@nestjs/common';
import { defineService, parseConfig, serviceConfig, TaskHandler } from '@trimtab/service';
import type { Task, TaskOutcome } from '@trimtab/service';
import { z } from 'zod';

const Values = z.object({ values: z.array(z.number()) });
const Sum = z.object({ sum: z.number() });

@Controller()
export class BenchConsumer {
  @TaskHandler('bench.add')
  async add({ input }: Task<z.infer<typeof Values>>): Promise<TaskOutcome<z.infer<typeof Sum>>> {
    return { output: { sum: input.values.reduce((sum, value) => sum + value, 1) } };
  }
}

@Module({ controllers: [BenchConsumer] })
class BenchModule {}

/** The worker of the benchmark: a service as any team writes it, whose one task does nearly nothing. */
export const service = defineService({
  name: 'bench',
  config: () => parseConfig(z.object(serviceConfig), process.env),
  module: BenchModule,
  contracts: { 'bench.add': { input: Values, output: Sum } },
});
