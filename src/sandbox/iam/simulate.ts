import { parseArn } from '../../model/arn.ts'
import type { RequestContext } from '../../policy/index.ts'
import { keyOf } from '../cloud.ts'
import { type Call, type Output, operation, type Permission } from '../service.ts'
import { type InputOf, list, oneOf, required, structure, text } from '../shape.ts'
import { contextKeysOf } from './context-keys.ts'
import { invalidInput } from './faults.ts'
import * as members from './members.ts'
import { page } from './page.ts'
import { givenPolicies, givenPolicy, managedPolicy, policiesOf, type Source, sourceOf } from './simulated-policies.ts'
import { ownerAccount, type Simulation, simulator } from './simulation.ts'

/** More actions times resources than any page can hold would only cost memory. */
const mostQuestions = 10_000

const contextEntry = structure({
  ContextKeyName: text({ min: 5, max: 256 }),
  ContextKeyValues: list(text()),
  ContextKeyType: oneOf(
    ...(['string', 'stringList', 'numeric', 'numericList', 'boolean', 'booleanList', 'ip', 'ipList'] as const),
    ...(['binary', 'binaryList', 'date', 'dateList'] as const),
  ),
})

const shared = {
  PermissionsBoundaryPolicyInputList: list(members.policyDocument),
  ActionNames: required(list(text({ min: 3, max: 128 }))),
  ResourceArns: list(text({ min: 1, max: 2048 })),
  ResourcePolicy: members.policyDocument,
  ResourceOwner: text({ min: 1, max: 2048 }),
  CallerArn: text({ min: 1, max: 2048 }),
  ContextEntries: list(contextEntry),
  ResourceHandlingOption: text({ min: 1, max: 64 }),
  ...members.paging,
}

type SharedInput = InputOf<typeof shared>

const simulateCustomPolicy = operation({
  input: { PolicyInputList: required(list(members.policyDocument)), ...shared },
  needs: () => ({ action: 'iam:SimulateCustomPolicy', resource: '*' }),
  perform: (input, call) =>
    answer(input, {
      ...setting(input, undefined, call),
      identity: givenPolicies('PolicyInputList', input.PolicyInputList),
    }),
})

const simulatePrincipalPolicy = operation({
  input: { PolicySourceArn: required(members.arn), PolicyInputList: list(members.policyDocument), ...shared },
  needs: (input) => needsSource('SimulatePrincipalPolicy', input),
  perform: (input, call) => {
    const source = sourceOf(input.PolicySourceArn, call)
    const identity = [...policiesOf(source, call), ...givenPolicies('PolicyInputList', input.PolicyInputList)]
    const { boundary } = source.entity
    const scp = call.cloud.accounts.get(call.caller.accountId)?.scp
    return answer(input, {
      ...(boundary !== undefined && { boundary: managedPolicy(boundary, call) }),
      ...setting(input, source, call),
      identity,
      ...(scp && { organization: scp.map((level) => givenPolicies('ServiceControlPolicy', level)) }),
    })
  },
})

const needsSource = (action: string, input: { readonly PolicySourceArn: string }): Permission => ({
  action: `iam:${action}`,
  resource: input.PolicySourceArn,
})

/** What a simulation has besides identity policies. */
function setting(input: SharedInput, source: Source | undefined, call: Call): Omit<Simulation, 'identity'> {
  const principal = callerOf(input, source, call)
  const bounds = input.PermissionsBoundaryPolicyInputList
  const owner = ownerAccount(input.ResourceOwner)
  return {
    principal,
    context: { ...ownContext(principal, source, call), ...givenContext(input) },
    ...(bounds && { boundary: givenPolicies('PermissionsBoundaryPolicyInputList', bounds) }),
    ...(input.ResourcePolicy !== undefined && {
      resource: givenPolicy('ResourcePolicy', input.ResourcePolicy, 'resource'),
    }),
    ...(owner !== undefined && { resourceAccount: owner }),
  }
}

/** The ARN that resource policies and variables see as the caller's. */
function callerOf(input: SharedInput, source: Source | undefined, call: Call): string {
  const { CallerArn: given } = input
  if (given !== undefined) {
    const arn = parseArn(given)
    if (arn?.service === 'iam' && /^user\/./.test(arn.resource)) return given
    throw invalidInput(`Invalid CallerArn: ${given}. It must be the ARN of an IAM user.`)
  }
  if (source && source.kind !== 'group') return source.entity.arn
  if (input.ResourcePolicy !== undefined) throw invalidInput('CallerArn is required when ResourcePolicy is given.')
  // Nobody in particular: no policy that belongs to its principal can tell.
  return `arn:aws:iam::${call.caller.accountId}:user/simulated`
}

/** The keys that the caller brings without being told: its names and tags, and the time. */
function ownContext(principal: string, source: Source | undefined, call: Call): RequestContext {
  const { account = '', resource = '' } = parseArn(principal) ?? {}
  const name = /^user\/(?:.+\/)?([^/]+)$/.exec(resource)?.[1]
  const user = name === undefined ? undefined : call.cloud.users.get(keyOf(account, name))
  const tags = Object.entries((source?.entity.arn === principal ? source.entity.tags : user?.tags) ?? {})
  return {
    'aws:CurrentTime': call.at.toISOString(),
    'aws:EpochTime': String(Math.floor(call.at.getTime() / 1000)),
    'aws:PrincipalArn': principal,
    'aws:PrincipalAccount': account,
    ...(user && { 'aws:username': user.name, 'aws:userid': user.id }),
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  }
}

function givenContext(input: SharedInput): RequestContext {
  const entries = (input.ContextEntries ?? []).map((entry) => {
    const { ContextKeyName: name, ContextKeyValues: values = [], ContextKeyType: type } = entry
    if (name === undefined || type === undefined) throw invalidInput('Each context entry must have a name and a type.')
    const [first] = values
    return [name, type.endsWith('List') || first === undefined ? values : first] as const
  })
  return Object.fromEntries(entries)
}

function answer(input: SharedInput, simulation: Simulation): Output {
  const { ActionNames: actions, ResourceArns: resources = ['*'] } = input
  for (const action of actions)
    if (!/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) throw invalidInput(`Invalid Action Name: ${action}`)
  if (actions.length * resources.length > mostQuestions)
    throw invalidInput(`No more than ${mostQuestions} combinations of actions and resources can be simulated at once.`)
  const evaluate = simulator(simulation)
  const questions = actions.flatMap((action) => resources.map((resource) => ({ action, resource })))
  const numbered = questions.map((question, index) => ({ ...question, order: String(index).padStart(5, '0') }))
  return page(
    'EvaluationResults',
    numbered,
    ({ order }) => order,
    ({ action, resource }) => evaluate(action, resource),
    input,
  )
}

const getContextKeysForCustomPolicy = operation({
  input: { PolicyInputList: required(list(members.policyDocument)) },
  needs: () => ({ action: 'iam:GetContextKeysForCustomPolicy', resource: '*' }),
  perform: (input) => {
    const policies = givenPolicies('PolicyInputList', input.PolicyInputList)
    return { ContextKeyNames: contextKeysOf(policies.map(({ document }) => document)) }
  },
})

const getContextKeysForPrincipalPolicy = operation({
  input: { PolicySourceArn: required(members.arn), PolicyInputList: list(members.policyDocument) },
  needs: (input) => needsSource('GetContextKeysForPrincipalPolicy', input),
  perform: (input, call) => {
    const own = policiesOf(sourceOf(input.PolicySourceArn, call), call)
    const policies = [...own, ...givenPolicies('PolicyInputList', input.PolicyInputList)]
    return { ContextKeyNames: contextKeysOf(policies.map(({ document }) => document)) }
  },
})

export const simulate = {
  SimulateCustomPolicy: simulateCustomPolicy,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
  GetContextKeysForCustomPolicy: getContextKeysForCustomPolicy,
  GetContextKeysForPrincipalPolicy: getContextKeysForPrincipalPolicy,
}
