import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { BrokeredSpec } from '../model/source-spec.ts'
import { brokerAddress } from './broker/address.ts'
import { askBroker, type BrokerAnswer, brokerFailure, callBroker, membersOf } from './broker/call.ts'
import { dropKept } from './broker/kept.ts'
import { loginNeeded } from './broker/login.ts'
import { type BrokerToken, brokerToken, forgetToken } from './broker/token.ts'
import { cached } from './cached.ts'
import { type Issued, issuedFrom } from './issued.ts'
import { proofOf } from './proof.ts'
import type { Opener } from './source.ts'

/**
 * A role from a Mayfly broker: `POST /v1/sessions`, for the person who signed in (`mayfly login --broker`) or for a
 * proof. Where the role needs approval, a request of theirs that was approved is used. When the broker says that the
 * sign-in is no good any more, what is kept of its sessions is dropped at once.
 *
 * Throws a `Failure`: `login-needed`, `approval-needed` with how to ask, `broker-refused` with the broker's reason.
 */
export const openBrokered: Opener<BrokeredSpec, Credentials> = (spec, host, openBase) => {
  if (brokerAddress(spec.broker) !== spec.broker)
    throw new Failure('config-invalid', 'The address of the broker is neither https nor on this machine.', {
      hint: 'It looks like https://mayfly.example.com',
    })
  return cached(spec, host, async () => {
    // Taken before the files are read: a renewal in between is then noticed at the next call.
    const proof = proofOf(spec)
    let by = await tokenNow()
    const { role, duration, policy, reason, ticket, breakGlass } = spec
    const asked = { role, duration, policy, reason, ticket, breakGlass }
    let answer = await ask(asked)
    if (spec.proof && isOver(answer)) {
      // A proof is made anew where a person would have to come.
      await letGo()
      by = await tokenNow()
      answer = await ask(asked)
    }
    if (!answer.ok && mayBeApproved.has(answer.code)) {
      const request = await approvedFor(spec, by)
      if (request) answer = await ask({ ...asked, ...request })
    }
    if (!answer.ok) throw await refused(answer)
    return { ...issuedIn(answer.value, host.now()), ...(proof === undefined ? {} : { proof }) }

    function ask(body: object): Promise<BrokerAnswer> {
      return askBroker(host, { broker: spec.broker, method: 'POST', path: '/v1/sessions', token: by.token, body })
    }
  })

  function tokenNow(): Promise<BrokerToken> {
    return brokerToken(spec, host, (base) => openBase(base)())
  }

  /** Of a login that the broker does not take: its token, and what it earned. */
  async function letGo(): Promise<void> {
    await dropKept(host.vault, spec.broker)
    await forgetToken(spec, host)
  }

  /** What was asked for and approved, for the issue that uses it; undefined without. */
  async function approvedFor({ broker, duration }: BrokeredSpec, by: BrokerToken): Promise<object | undefined> {
    const listed = await callBroker(host, { broker, path: '/v1/requests?state=approved&mine=true', token: by.token })
    const found = itemsOf(listed).find(
      (one) =>
        one.principalId === by.principalId &&
        (one.role === spec.role || spec.role.startsWith('arn:')) &&
        (one.policy ?? undefined) === spec.policy &&
        Date.parse(String(one.expiresAt)) > host.now().getTime(),
    )
    if (typeof found?.id !== 'string') return undefined
    const { id, reason, ticket } = found
    const most = Number(found.duration)
    return { requestId: id, reason, ticket, duration: Math.min(duration ?? most, most) }
  }

  async function refused(answer: BrokerAnswer & { ok: false }): Promise<Failure> {
    if (isOver(answer)) {
      await letGo()
      const because = answer.message.replace(/\.$/, '') || 'the sign-in is over'
      if (!spec.proof) return loginNeeded(spec.broker, because)
      return new Failure('broker-refused', `${spec.broker} does not take the proof: ${because}.`)
    }
    if (answer.code !== 'approval-needed') return brokerFailure(spec.broker, answer)
    return new Failure('approval-needed', `${spec.broker}: ${answer.message}`, {
      hint: `mayfly request ${spec.role} --reason "…"${spec.policy === undefined ? '' : ' --policy FILE'}`,
    })
  }
}

const isOver = (answer: BrokerAnswer): boolean =>
  !answer.ok && (answer.status === 401 || answer.code === 'principal-revoked' || answer.code === 'login-expired')

/** Refusals that an approved request may overcome: it carries its own reason and ticket. */
const mayBeApproved = new Set(['approval-needed', 'reason-needed', 'ticket-needed'])

function issuedIn(value: unknown, now: Date): Issued {
  const { session, credentials } = membersOf(value)
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = membersOf(credentials)
  const { id, roleArn, sessionName } = membersOf(session)
  const [, start, path] = /^(arn:[\w-]+):iam::(\d{12}:role\/.+)$/.exec(String(roleArn)) ?? []
  const [account = '', ...names] = (path ?? '').split(/:role\/|\//)
  const arn = start && `${start}:sts::${account}:assumed-role/${names.at(-1)}/${String(sessionName)}`
  const issued = issuedFrom({ accessKeyId, secretAccessKey, sessionToken, expiration, arn }, now)
  return typeof id === 'string' ? { ...issued, sessionId: id } : issued
}

/** The members of a list, or of a page of one. */
const itemsOf = (value: unknown): readonly Readonly<Record<string, unknown>>[] => {
  const items = Array.isArray(value) ? value : membersOf(value).items
  return Array.isArray(items) ? items.map(membersOf) : []
}
