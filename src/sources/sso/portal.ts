import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'
import { accessToken } from './access-token.ts'
import { callSso, strangeAnswer, textMember } from './call.ts'
import { ssoEndpoint } from './endpoint.ts'
import { loginNeeded } from './sign-in.ts'
import type { SsoToken } from './token-file.ts'

/** An account a person may use. */
interface PortalAccount {
  readonly id: string
  readonly name: string
  readonly email?: string
}

/** A role in it. */
export interface PortalRole {
  readonly account: PortalAccount
  readonly roleName: string
}

/** What a call of the portal gave, and the token it was made with. */
export interface PortalAnswer {
  readonly members: ReadonlyMap<string, unknown>
  readonly token: SsoToken
}

/**
 * Makes a call of the access portal as the person. A token that is refused although it should live (somebody signed
 * out) is replaced once. Throws a `Failure`: `access-denied`, `login-needed`, `aws-refused`, `network`.
 */
export async function callPortal(
  session: SsoSessionSpec,
  path: string,
  query: Readonly<Record<string, string>>,
  host: Host,
): Promise<PortalAnswer> {
  const url = `${ssoEndpoint('portal.sso', session.portal)}${path}?${new URLSearchParams(query)}`
  let token = await accessToken(session, host)
  for (const isLast of [false, true]) {
    const answer = await callSso(host, { url, token: token.accessToken, repeatable: true })
    if (answer.ok) return { members: answer.members, token }
    if (answer.status !== 401) throw refused(answer)
    if (!isLast) token = await accessToken(session, host, token.accessToken)
  }
  throw loginNeeded(session)
}

function refused({ status, code, text }: { status: number; code: string; text: string }): Failure {
  if (status === 403 || status === 404)
    return new Failure('access-denied', `Identity Center refused: ${text} (${code})`, {
      hint: 'mayfly sso ls shows the accounts and roles that are assigned to you.',
    })
  return new Failure('aws-refused', `Identity Center refused: ${text} (${code})`, {
    hint: 'Check sso_account_id and sso_role_name.',
  })
}

/** Every account and role the person may use, by account name and role. */
export async function listRoles(session: SsoSessionSpec, host: Host): Promise<readonly PortalRole[]> {
  const accounts = (await pages(session, '/assignment/accounts', {}, 'accountList', host)).map(accountIn)
  const roles: PortalRole[] = []
  for (const account of accounts)
    for (const role of await pages(session, '/assignment/roles', { account_id: account.id }, 'roleList', host)) {
      const roleName = textMember(role, 'roleName', /^[\w+=,.@-]{1,64}$/)
      if (roleName === undefined) throw strangeAnswer('ListAccountRoles')
      roles.push({ account, roleName })
    }
  const place = ({ account, roleName }: PortalRole): string => `${account.name}\n${account.id}\n${roleName}`
  return roles.sort((one, other) => (place(one) < place(other) ? -1 : 1))
}

function accountIn(members: ReadonlyMap<string, unknown>): PortalAccount {
  const id = textMember(members, 'accountId', /^\d{12}$/)
  if (id === undefined) throw strangeAnswer('ListAccounts')
  const name = textMember(members, 'accountName', /^[^\p{Cc}]{1,128}$/u) ?? id
  const email = textMember(members, 'emailAddress', /^[^\p{Cc}]{1,254}$/u)
  return { id, name, ...(email === undefined ? {} : { email }) }
}

const mostPages = 1000

async function pages(
  session: SsoSessionSpec,
  path: string,
  query: Readonly<Record<string, string>>,
  member: string,
  host: Host,
): Promise<readonly ReadonlyMap<string, unknown>[]> {
  const found: ReadonlyMap<string, unknown>[] = []
  let next: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const more = next === undefined ? {} : { next_token: next }
    const { members } = await callPortal(session, path, { ...query, max_result: '100', ...more }, host)
    const items = members.get(member)
    if (!Array.isArray(items)) throw strangeAnswer(path)
    for (const item of items) found.push(new Map(typeof item === 'object' && item !== null ? Object.entries(item) : []))
    next = textMember(members, 'nextToken')
    if (next === undefined) return found
  }
  throw strangeAnswer(path)
}
