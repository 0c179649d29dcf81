import type { Environment } from '@marcbachmann/cel-js';

/**
 * What expressions may use beyond CEL itself:
 * `flatten(list)` joins a list of lists (null elements are left out), `addUp(list)` adds maps of numbers key by key.
 */
export function withFunctions(target: Environment): Environment {
  return mixedArithmetic(target)
    .registerFunction('flatten(list): list<dyn>', (lists: unknown[]) =>
      lists.filter((list) => list !== null).flat(1),
    )
    .registerFunction('addUp(list): map<string, dyn>', addUp);
}

function addUp(maps: readonly unknown[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const map of maps) {
    for (const [key, value] of Object.entries(map ?? {})) sums[key] = (sums[key] ?? 0) + Number(value);
  }
  return sums;
}

/** CEL keeps int and double apart; JSON does not, so that `input.count + 1` must work. */
function mixedArithmetic(target: Environment): Environment {
  const operators: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  for (const [sign, apply] of Object.entries(operators)) {
    target.registerOperator(`double ${sign} int`, (a: number, b: bigint) => apply(a, Number(b)));
    target.registerOperator(`int ${sign} double`, (a: bigint, b: number) => apply(Number(a), b));
  }
  return target.registerOperator('double % double', (a: number, b: number) => a % b);
}
