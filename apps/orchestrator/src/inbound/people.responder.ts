import { subjects } from '@trimtab/contracts';
import type { PeopleCommand } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';

const AT_ONCE = 8_192;

/** Answers people's commands on `trimtab.people.<command>` from when it resolves; of several instances one takes each. */
export async function respondToPeople(
  messaging: Messaging,
  answers: Partial<Record<PeopleCommand, (data: unknown) => Promise<unknown>>>,
): Promise<() => Promise<void>> {
  const responding = Object.entries(answers).map(([command, answer]) =>
    messaging.respond(subjects.people(command), 'orchestrator', ({ data }) => answer(data), {
      concurrency: AT_ONCE,
    }),
  );
  await Promise.all(responding.map((one) => one.ready));
  return async () => {
    await Promise.all(responding.map((one) => one.stop()));
  };
}
