import { AppError } from '@trimtab/kernel';
import type { AppErrorOptions } from '@trimtab/kernel';

/** Where an error came from; shown in its details. */
export interface CallPlace {
  readonly service: string;
  readonly operation: string;
  readonly accountId: string;
  readonly region: string;
}

interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly status?: number;
  readonly requestId?: string;
}

type Kind =
  | 'aborted'
  | 'throttled'
  | 'expired'
  | 'region-disabled'
  | 'credentials'
  | 'access-denied'
  | 'not-found'
  | 'unavailable'
  | 'refused';

/** First match decides; names as the services spell them (they do not agree on one spelling). */
const kinds: readonly [Kind, RegExp][] = [
  ['aborted', /^AbortError$/],
  [
    'throttled',
    /^(Throttl|RequestLimitExceeded|TooManyRequests|RequestThrottled|SlowDown|BandwidthLimit|EC2Throttled|LimitExceededException$|PriorRequestNotComplete)/,
  ],
  ['expired', /^(ExpiredToken|RequestExpired|TokenRefreshRequired)/],
  ['region-disabled', /^(OptInRequired|RegionDisabled|InvalidRegion)/],
  [
    'credentials',
    /^(CredentialsProviderError|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure|IncompleteSignature|MissingAuthenticationToken)/,
  ],
  ['access-denied', /(AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|^Forbidden)/],
  ['refused', /^(UnknownOperation|InvalidAction|UnsupportedOperation|NotImplemented)/],
  ['not-found', /(NotFound|^NoSuch|\.Unknown$)/],
  [
    'unavailable',
    /^(TimeoutError|NetworkingError|InternalError|InternalFailure|ServiceUnavailable|Unavailable|InternalServer)/,
  ],
  ['unavailable', /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH)$/],
];

/**
 * Any error of an AWS call as an `AppError`. The SDK's own text is kept only where AWS explains a refusal, because
 * credential errors may quote keys and signatures.
 */
export function cloudError(error: unknown, place: CallPlace): AppError {
  if (error instanceof AppError) return error;
  const aws = read(error);
  const kind = kindOf(aws);
  const { code, message, retry } = answers[kind](aws, place);
  return new AppError(code, message, {
    retry,
    details: {
      ...place,
      awsCode: aws.name,
      ...(aws.status === undefined ? {} : { status: aws.status }),
      ...(aws.requestId === undefined ? {} : { requestId: aws.requestId }),
    },
  });
}

function kindOf(aws: AwsError): Kind {
  for (const text of [aws.name, aws.code ?? '']) {
    const found = text === '' ? undefined : kinds.find(([, pattern]) => pattern.test(text));
    if (found) return found[0];
  }
  return kindOfStatus(aws);
}

function kindOfStatus({ status }: AwsError): Kind {
  if (status === undefined) return 'unavailable';
  if (status >= 500) return 'unavailable';
  if (status === 429) return 'throttled';
  if (status === 403) return 'access-denied';
  return status === 404 ? 'not-found' : 'refused';
}

type Answer = Required<Pick<AppErrorOptions, 'retry'>> & { code: string; message: string };

const at = (p: CallPlace): string => `${p.service} ${p.operation} in account ${p.accountId}, ${p.region}`;

const answers: Record<Kind, (aws: AwsError, place: CallPlace) => Answer> = {
  aborted: (_, p) => ({
    code: 'cloud.aborted',
    retry: 'later',
    message: `${at(p)} was stopped before it ended.`,
  }),
  throttled: (_, p) => ({
    code: 'cloud.throttled',
    retry: 'later',
    message: `AWS throttles ${at(p)}, also after retries: try again later or scan fewer regions at once.`,
  }),
  expired: (_, p) => ({
    code: 'cloud.credentials-expired',
    retry: 'later',
    message: `The credentials for ${at(p)} have expired: renew them (for example \`aws sso login\`).`,
  }),
  'region-disabled': (_, p) => ({
    code: 'cloud.region-disabled',
    retry: 'never',
    message: `Region ${p.region} is not enabled for account ${p.accountId}: enable it or leave it out of the settings.`,
  }),
  credentials: (_, p) => ({
    code: 'cloud.credentials',
    retry: 'never',
    message: `AWS does not accept the credentials for ${at(p)}: set AWS_PROFILE or AWS_ACCESS_KEY_ID and its secret.`,
  }),
  'access-denied': (_, p) => ({
    code: 'cloud.access-denied',
    retry: 'never',
    message: `${at(p)} is denied: allow ${p.operation} to the role that Trimtab uses there.`,
  }),
  'not-found': (aws, p) => ({
    code: 'cloud.not-found',
    retry: 'never',
    message: `${at(p)}: ${withoutSecrets(aws.message)}`,
  }),
  unavailable: (aws, p) => ({
    code: 'cloud.unavailable',
    retry: 'later',
    message: `${at(p)} cannot be reached or answers with an error (${aws.code ?? aws.name}): check the network and the endpoint.`,
  }),
  refused: (aws, p) => ({
    code: 'cloud.refused',
    retry: 'never',
    message: `AWS refuses ${at(p)}: ${withoutSecrets(aws.message)}`,
  }),
};

const withoutSecrets = (text: string): string =>
  text
    .replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, '***')
    .replace(/(Signature|Credential|SecurityToken|SecretAccessKey)[=:]\s*\S+/gi, '$1=***')
    .slice(0, 500);

function read(error: unknown): AwsError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { $metadata, code, Code } = error as Error & {
    $metadata?: { httpStatusCode?: number; requestId?: string };
    code?: unknown;
    Code?: unknown;
  };
  const text = typeof code === 'string' ? code : typeof Code === 'string' ? Code : undefined;
  return {
    name: error.name,
    message: error.message,
    code: text,
    status: $metadata?.httpStatusCode,
    requestId: $metadata?.requestId,
  };
}
