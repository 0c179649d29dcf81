import { AppError, toErrorInfo } from '@trimtab/kernel';

/** An error in a plugin's part, by the names that its operator knows. What the plugin throws as an `AppError` stays. */
export function pluginFailed(plugin: string, part: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { message, retry } = toErrorInfo(error);
  return new AppError('plugin.failed', `The plugin ${plugin} failed in ${part}: ${message}`, {
    retry,
    details: { plugin, part },
    cause: error,
  });
}
