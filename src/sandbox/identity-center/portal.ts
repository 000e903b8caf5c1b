import { headerOf } from '../../wire/message.ts'
import { splitTarget } from '../../wire/uri.ts'
import { keyOf, type Role } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { issueSession } from '../issue-session.ts'
import type { Answer, Call, Output, Service } from '../service.ts'
import { integer, readInput, required, text } from '../shape.ts'
import { accessOf, accountName, accountsIn } from './access.ts'
import { endLogin, loginOf } from './oidc/logins.ts'
import { pageOf } from './page.ts'
import { sessionSeconds } from './provision.ts'
import { instanceOf, type Login, type Person } from './state.ts'

interface SignedIn {
  readonly login: Login
  readonly person: Person
}

const paging = { max_result: integer({ min: 1, max: 100 }), next_token: text({ max: 2048 }) }
const accountId = required(text({ min: 12, max: 12, pattern: '\\d{12}' }))

function listAccounts(call: Call, { person }: SignedIn): Output {
  const { max_result, next_token } = readInput(paging, members(call))
  const { items, next } = pageOf(accountsIn(accessOf(call.cloud, person)), paged(max_result, next_token))
  const accountList = items.map((id) => ({
    accountId: id,
    accountName: accountName(call.cloud, id),
    emailAddress: `aws+${id}@example.com`,
  }))
  return { accountList, ...(next && { nextToken: next }) }
}

function listAccountRoles(call: Call, { person }: SignedIn): Output {
  const input = readInput({ ...paging, account_id: accountId }, members(call))
  const theirs = accessOf(call.cloud, person).filter((one) => one.accountId === input.account_id)
  if (theirs.length === 0) throw noAccess()
  const { items, next } = pageOf(theirs, paged(input.max_result, input.next_token))
  const roleList = items.map(({ set }) => ({ roleName: set.name, accountId: input.account_id }))
  return { roleList, ...(next && { nextToken: next }) }
}

/** The role's session is named after the person and lasts what the permission set says, whatever the sign-in has left. */
function getRoleCredentials(call: Call, { person }: SignedIn): Output {
  const { cloud } = call
  const input = readInput({ role_name: required(text({ min: 1, max: 64 })), account_id: accountId }, members(call))
  const found = accessOf(cloud, person).find(
    ({ accountId, set }) => accountId === input.account_id && set.name === input.role_name,
  )
  const roleName = found?.set.provisioned[input.account_id]?.roleName
  const role = roleName === undefined ? undefined : cloud.roles.get(keyOf(input.account_id, roleName))
  if (!found || !role) throw noAccess()
  const duration = Math.min(sessionSeconds(found.set.sessionDuration) ?? 3600, role.maxSessionDuration)
  const issued = issueSession(cloud, call.at, grantOf(call, role, person, duration))
  call.note({
    operation: 'GetRoleCredentials',
    requestParameters: { role_name: input.role_name, account_id: input.account_id },
    resources: [{ ARN: role.arn, accountId: role.accountId, type: 'AWS::IAM::Role' }],
  })
  return {
    roleCredentials: {
      accessKeyId: issued.AccessKeyId,
      secretAccessKey: issued.SecretAccessKey,
      sessionToken: issued.SessionToken,
      // Milliseconds, alone among AWS's services.
      expiration: issued.Expiration.getTime(),
    },
  }
}

function grantOf({ cloud }: Call, role: Role, person: Person, duration: number): Parameters<typeof issueSession>[2] {
  const name = person.userName.replace(/[^\w+=,.@-]/g, '_').slice(0, 64)
  const { arn, identityStoreId } = instanceOf(cloud)
  return {
    kind: 'assumed-role',
    accountId: role.accountId,
    arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${name}`,
    userId: `${role.id}:${name}`,
    principalArn: role.arn,
    issuer: { name: role.name, id: role.id, arn: role.arn },
    duration,
    tags: {},
    transitiveTagKeys: [],
    context: {
      'identitystore:UserId': person.id,
      'identitystore:IdentityStoreArn': `arn:aws:identitystore::${cloud.primaryAccount}:identitystore/${identityStoreId}`,
      'sso:InstanceArn': arn,
    },
  }
}

function logout(call: Call, { login }: SignedIn): undefined {
  endLogin(call.cloud, login.id)
  return undefined
}

type Perform = (call: Call, signedIn: SignedIn) => Output | undefined

const operations: Readonly<Record<string, readonly [name: string, Perform]>> = {
  'GET /assignment/accounts': ['ListAccounts', listAccounts],
  'GET /assignment/roles': ['ListAccountRoles', listAccountRoles],
  'GET /federation/credentials': ['GetRoleCredentials', getRoleCredentials],
  'POST /logout': ['Logout', logout],
}

/** The access portal: what a signed-in person may use, for whoever brings their access token in its own header. */
export const ssoPortal: Service = {
  name: 'awsssoportal',
  skewMinutes: 15,
  claims: ({ method, target }) => Object.hasOwn(operations, `${method} ${splitTarget(target).path}`),
  handle: async (call) => {
    const [name, perform] = operations[`${call.request.method} ${call.path}`] ?? []
    if (name === undefined || perform === undefined) throw new Fault('ResourceNotFoundException', 404, 'Not found')
    call.note({ operation: name, readOnly: name !== 'Logout' })
    const signedIn = loginOf(call.cloud, call.at, headerOf(call.request, 'x-amz-sso_bearer_token') ?? '')
    if (!signedIn) throw new Fault('UnauthorizedException', 401, 'Session token not found or invalid')
    const output = perform(call, signedIn)
    return { status: 200, headers, ...(output && { body: JSON.stringify(output) }) }
  },
  refuse: (fault): Answer => {
    const code = fault.status >= 500 || /Exception$/.test(fault.code) ? fault.code : 'InvalidRequestException'
    const body = { message: fault.message, __type: `com.amazonaws.switchboard.portal#${code}` }
    return { status: fault.status, headers: { ...headers, 'x-amzn-ErrorType': code }, body: JSON.stringify(body) }
  },
}

const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }

const noAccess = (): Fault => new Fault('ForbiddenException', 403, 'No access')

const members = ({ query }: Call): object => Object.fromEntries(query)

const paged = (most: number | undefined, token: string | undefined): Parameters<typeof pageOf>[1] => ({
  ...(most === undefined ? {} : { MaxResults: most }),
  ...(token === undefined ? {} : { NextToken: token }),
})
