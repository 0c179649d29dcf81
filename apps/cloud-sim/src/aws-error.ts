/** A refusal as AWS words it: `code` and HTTP `status` are AWS's own, the protocol writes the envelope. */
export class AwsError extends Error {
  override readonly name = 'AwsError';

  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Extra response headers, for example the region of a bucket that lives elsewhere. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}
