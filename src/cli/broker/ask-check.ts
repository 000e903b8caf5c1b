import { isIP } from 'node:net'
import type { BrokerConfig } from '../../broker/config/broker-config.ts'
import { consider } from '../../broker/decide/decide.ts'
import { Failure } from '../../model/failure.ts'
import type { Principal } from '../../model/principal.ts'
import { secondsOf } from './seconds-of.ts'

/** A question to a configuration: who, which role, how long, when, from where. */
export interface CheckQuestion {
  readonly who?: string
  readonly group: readonly string[]
  readonly claim: readonly string[]
  readonly role?: string
  readonly duration?: string
  readonly at?: string
  readonly from?: string
  readonly reason?: string
  readonly ticket?: string
  readonly mfa?: boolean
  readonly breakGlass?: boolean
}

/** What the configuration says to it. */
export interface CheckAnswer {
  readonly allowed: boolean
  /** The grant that decides. */
  readonly grant?: string
  readonly line?: number
  /** Seconds. */
  readonly duration?: number
  readonly considered: readonly {
    readonly grant: string
    readonly line: number
    readonly allowed: boolean
    readonly because: readonly string[]
  }[]
}

/** Decides as a running broker would, for somebody who has signed in at that very moment. */
export function answerCheck(config: BrokerConfig, question: CheckQuestion, now: Date): CheckAnswer {
  const { who = '', role = '', from = '127.0.0.1' } = question
  const at = question.at === undefined ? now : new Date(question.at)
  if (Number.isNaN(at.getTime())) throw usage('--at is not an instant.', 'Write it like 2026-11-22T12:00:00Z.')
  if (isIP(from) === 0) throw usage('--from is not an address.', 'Write it like 10.1.2.3.')
  const principal = principalOf(config, who, question, at)
  const { reason, ticket, breakGlass } = question
  const duration = question.duration === undefined ? undefined : secondsOf(question.duration)
  if (question.duration !== undefined && duration === undefined)
    throw usage('--duration is no time.', 'Write it like 2h, 90m, 1h30m or 3600.')
  const request = {
    ...{ role, sourceIp: from },
    ...(duration === undefined ? {} : { duration }),
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(breakGlass ? { breakGlass: true as const } : {}),
  }
  const found = consider(principal, request, config, at)
  const considered = found.map((one) => ({
    grant: one.grant.name,
    line: one.grant.line,
    allowed: one.allowed,
    because: one.allowed ? [] : one.obstacles.map(({ because }) => because),
  }))
  const yes = found.find(({ allowed }) => allowed)
  if (!yes?.allowed) return { allowed: false, considered }
  return { allowed: true, grant: yes.grant.name, line: yes.grant.line, duration: yes.what.duration, considered }
}

function principalOf(config: BrokerConfig, who: string, { group, claim, mfa }: CheckQuestion, at: Date): Principal {
  const named = config.authenticators.find(({ name }) => who.startsWith(`${name}:`))
  const authenticator =
    named ?? config.authenticators.find(({ kind }) => kind === 'oidc' || kind === 'saml') ?? config.authenticators[0]
  const kind = authenticator?.kind === 'oidc' || authenticator?.kind === 'saml' ? 'person' : 'workload'
  const id = named ? who : `${authenticator?.name ?? 'nobody'}:${who}`
  const claims = claim.map((text) => {
    const [name = '', ...rest] = text.split('=')
    return [name, rest.join('=')] as const
  })
  return {
    ...{
      id,
      kind,
      authenticator: authenticator?.name ?? '',
      name: named ? who.slice(named.name.length + 1) : who,
      groups: group,
    },
    claims: Object.fromEntries(claims),
    authenticatedAt: at,
    expiresAt: new Date(at.getTime() + (authenticator?.lifetime ?? 3600) * 1000),
    ...(mfa ? { mfaAt: at } : {}),
  }
}

const usage = (message: string, hint: string): Failure => new Failure('usage', message, { hint })
