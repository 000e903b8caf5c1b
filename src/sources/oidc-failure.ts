import { Failure } from '../model/failure.ts'

/** What to tell of a sign-in that went wrong: our own failure at the bottom, else what the provider said, made safe to print. */
export function oidcFailure(error: unknown, what: string): Failure {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++)
    if (cause instanceof Failure) return cause
  const code = memberOf(error, 'error')
  if (code === 'expired_token')
    return new Failure('login-needed', `${what}: nobody entered the code in time.`, { hint: 'Run the command again.' })
  if (code !== undefined) {
    const said = memberOf(error, 'error_description')
    return new Failure('login-needed', `${what}: ${safe(said ?? code)}${said ? ` (${safe(code)})` : ''}.`, {
      hint: 'Check mayfly_oidc_client_id and mayfly_oidc_scopes in the profile, then run the command again.',
      cause: error,
    })
  }
  const reason = safe(messageAtBottom(error))
  return new Failure('login-needed', `${what}: ${reason}.`, {
    hint: 'Check mayfly_oidc_issuer in the profile: it must be, to the letter, what the provider calls itself.',
    cause: error,
  })
}

/** The first errors of a chain say what went wrong, the last one why. */
function messageAtBottom(error: unknown): string {
  let message = 'it did not say why'
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++)
    if (cause.message) message = cause.message
  return message
}

function memberOf(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

const safe = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .slice(0, 300)
    .trim()
    .replace(/\.$/, '')
