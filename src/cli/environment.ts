import type { Credentials } from '../model/signing-key.ts'

/** What else a program needs beside the keys, and where it goes. */
export interface Surroundings {
  readonly profile: string
  readonly region?: string
  /** Set for profiles that do not talk to AWS itself: with keys in the environment SDKs no longer read the profile. */
  readonly endpoint?: string
  /** The same for single services: AWS_ENDPOINT_URL_S3. */
  readonly endpointVariables?: Readonly<Record<string, string>>
}

const set = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_ACCOUNT_ID',
  'MAYFLY_PROFILE',
] as const

/**
 * Variables that would make an SDK use another identity than the one given, or believe a stale part of it. botocore
 * prefers AWS_SECURITY_TOKEN to AWS_SESSION_TOKEN, and a profile named beside keys makes some SDKs warn, others switch.
 */
const conflicting = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SECURITY_TOKEN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
] as const

export interface EnvironmentChange {
  readonly set: Readonly<Record<string, string>>
  readonly unset: readonly string[]
}

/** The changes that make every SDK and tool use these credentials and no others. */
export function environmentFor(credentials: Credentials, around: Surroundings): EnvironmentChange {
  return {
    set: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_CREDENTIAL_EXPIRATION: utcSeconds(credentials.expiration),
      ...(credentials.accountId ? { AWS_ACCOUNT_ID: credentials.accountId } : {}),
      ...(around.region ? { AWS_REGION: around.region, AWS_DEFAULT_REGION: around.region } : {}),
      ...(around.endpoint ? { AWS_ENDPOINT_URL: around.endpoint } : {}),
      ...around.endpointVariables,
      MAYFLY_PROFILE: around.profile,
    },
    unset: [...conflicting, ...(credentials.accountId ? [] : ['AWS_ACCOUNT_ID'])],
  }
}

/**
 * The changes that leave no trace of Mayfly's: the keys and, when Mayfly set them here (`MAYFLY_PROFILE` says so), the
 * region and endpoint that came with them.
 */
export const environmentCleared = (env: NodeJS.ProcessEnv): EnvironmentChange => ({
  set: {},
  unset: [...set, ...(env.MAYFLY_PROFILE === undefined ? [] : surroundings(env))],
})

const surroundings = (env: NodeJS.ProcessEnv): readonly string[] => [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  ...Object.keys(env).filter((name) => /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]+)?$/.test(name)),
]

/** The environment of a child process after the changes. */
export function changedEnvironment(env: NodeJS.ProcessEnv, change: EnvironmentChange): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = { ...env, ...change.set }
  for (const name of change.unset) delete result[name]
  return result
}

/** RFC 3339 in UTC with whole seconds and a Z: the one form every SDK parses. */
export const utcSeconds = (date: Date): string => `${date.toISOString().slice(0, -'.000Z'.length)}Z`

/** The answer of a `credential_process`: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
export const credentialProcessAnswer = (credentials: Credentials): string =>
  JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: utcSeconds(credentials.expiration),
    ...(credentials.accountId ? { AccountId: credentials.accountId } : {}),
  })
