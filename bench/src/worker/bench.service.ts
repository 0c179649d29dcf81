import { Controller, Module } from '@nestjs/common';
import { defineService, parseConfig, serviceConfig, TaskHandler } from '@trimtab/service';
import type { Task, TaskOutcome } from '@trimtab/service';
import { z } from 'zod';

const Values = z.object({ values: z.array(z.number()) });
const Sum = z.object({ sum: z.number() });
type Values = z.infer<typeof Values>;
type Sum = z.infer<typeof Sum>;

const config = z.object({
  ...serviceConfig,
  /** `stored`: as a handler with effects, whose results are committed in the inbox before they are sent. */
  BENCH_RESULTS: z.enum(['computed', 'stored']).default('computed'),
});

@Controller()
class ComputingConsumer {
  @TaskHandler('bench.add', { effects: 'none' })
  async add(task: Task<Values>): Promise<TaskOutcome<Sum>> {
    return oneMore(task);
  }
}

@Controller()
class StoringConsumer {
  @TaskHandler('bench.add')
  async add(task: Task<Values>): Promise<TaskOutcome<Sum>> {
    return oneMore(task);
  }
}

/** The trivial step: one more than the sum of what it is given. */
const oneMore = ({ input }: Task<Values>): TaskOutcome<Sum> => ({
  output: { sum: input.values.reduce((sum, value) => sum + value, 1) },
});

@Module({ controllers: [ComputingConsumer] })
class ComputingModule {}

@Module({ controllers: [StoringConsumer] })
class StoringModule {}

/** The worker of the benchmark: a service as any team writes it, whose one task does nearly nothing. */
export const service = defineService({
  name: 'bench',
  config: () => parseConfig(config, process.env),
  module: ({ config: { BENCH_RESULTS } }) => (BENCH_RESULTS === 'stored' ? StoringModule : ComputingModule),
  contracts: { 'bench.add': { input: Values, output: Sum } },
});
