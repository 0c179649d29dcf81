/** The watchdog works on rows, which the simulated store has not: whoever asks for them has gone astray. */
export function notSimulated<T extends object>(what: string): T {
  const refuse = (): never => {
    throw new Error(`${what} are not simulated`);
  };
  return new Proxy({} as T, { get: refuse });
}
