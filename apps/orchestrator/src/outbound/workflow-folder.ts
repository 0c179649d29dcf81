import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseWorkflow } from '@trimtab/workflow';
import type { WorkflowDefinition } from '@trimtab/workflow';

/** The definitions that come with the orchestrator. */
export const SHIPPED = join(import.meta.dirname, '../../workflows');

/** Every `*.yaml` of a folder. Throws `workflow.invalid-definition` with all problems of the first bad file. */
export async function loadWorkflows(folder = SHIPPED): Promise<WorkflowDefinition[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(files.map(async (file) => parseWorkflow(await readFile(join(folder, file), 'utf8'))));
}
