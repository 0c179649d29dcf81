import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { Allowed } from '@trimtab/contracts';
import type { TaskInput, TaskOutput } from '@trimtab/contracts';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { Programs } from '../domain/program.js';
import type { Ending } from '../domain/program.js';
import { commandOf, scriptOutput } from '../domain/script.js';

type Input = TaskInput<'script.run'>;
type Output = TaskOutput<'script.run'>;

/** Run a program and tell what it printed. */
export class RunScript extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(RunScript)
export class RunScriptHandler implements ICommandHandler<RunScript> {
  constructor(
    private readonly allowed: Allowed,
    private readonly programs: Programs,
  ) {}

  async execute({ task, context }: RunScript): Promise<TaskOutcome<Output>> {
    const { stdin = '', timeoutMs, maxOutputBytes, env } = task.input;
    const command = commandOf(task.input);
    this.allowed.checkProgram(command.command);
    const { values, hide } = this.allowed.reveal(env);
    await context.assertCurrent();

    const program = { ...command, stdin, env: { ...values, ...about(task) }, timeoutMs, maxOutputBytes };
    const ending = await this.programs.run(program, context.signal);

    return { output: scriptOutput(task.input, hidden(ending, hide)) };
  }
}

/** What a script may want to know of its task. The key is the same on every attempt. */
const about = ({ runId, taskId, attempt }: Task): Record<string, string> => ({
  TRIMTAB_RUN_ID: runId,
  TRIMTAB_TASK_ID: taskId,
  TRIMTAB_ATTEMPT: String(attempt),
  TRIMTAB_IDEMPOTENCY_KEY: `${runId}/${taskId}`,
});

function hidden(ending: Ending, hide: (text: string) => string): Ending {
  if (ending.kind === 'said-too-much') return ending;
  if (ending.kind === 'timed-out') return { ...ending, stderr: hide(ending.stderr) };
  return { ...ending, stdout: hide(ending.stdout), stderr: hide(ending.stderr) };
}
