import { parsePolicyValue } from '../../policy/index.ts'
import { newId } from '../iot/resources.ts'
import { operation } from '../service.ts'
import { required, text } from '../shape.ts'
import { conflict, invalid, notFound } from './faults.ts'
import { arnOf, find, needs, put } from './functions.ts'
import * as members from './members.ts'
import { policyOf } from './state.ts'

const statementId = required(text({ min: 1, max: 100, pattern: '[a-zA-Z0-9-_.]+' }))

/** The conditions of a statement, by what was asked to be so. */
function conditionsOf(
  given: Readonly<Partial<Record<'SourceArn' | 'SourceAccount' | 'PrincipalOrgID' | 'EventSourceToken', string>>>,
) {
  const { SourceArn: arn, SourceAccount: account, PrincipalOrgID: organization, EventSourceToken: token } = given
  const equals = {
    ...(account === undefined ? {} : { 'AWS:SourceAccount': account }),
    ...(organization === undefined ? {} : { 'aws:PrincipalOrgID': organization }),
    ...(token === undefined ? {} : { 'lambda:EventSourceToken': token }),
  }
  const conditions = {
    ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}),
    ...(arn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': arn } }),
  }
  return Object.keys(conditions).length > 0 ? { Condition: conditions } : {}
}

function principalOf(given: string): object | string {
  if (given === '*') return '*'
  if (/^\d{12}$/.test(given)) return { AWS: `arn:aws:iam::${given}:root` }
  return given.startsWith('arn:') ? { AWS: given } : { Service: given }
}

export const permissions = {
  AddPermission: operation({
    input: {
      ...{ FunctionName: members.functionName, StatementId: statementId, Principal: required(text({ max: 256 })) },
      Action: required(text({ pattern: '(lambda:[*]|lambda:[a-zA-Z]+|[*])' })),
      ...{ SourceArn: text({ max: 2048 }), SourceAccount: text({ max: 12, pattern: '[0-9]{12}' }) },
      ...{ PrincipalOrgID: text({ max: 34 }), EventSourceToken: text({ max: 256 }), Qualifier: members.qualifier },
    },
    needs: (input, call) => needs(call, 'AddPermission', input.FunctionName, { 'lambda:Principal': input.Principal }),
    perform: (input, call) => {
      const made = find(call, input.FunctionName)
      const id = input.StatementId
      if (Object.hasOwn(made.statements, id))
        throw conflict(
          `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        )
      const statement = {
        ...{ Sid: id, Effect: 'Allow', Principal: principalOf(input.Principal), Action: input.Action },
        ...{ Resource: made.arn, ...conditionsOf(input) },
      }
      if (!parsePolicyValue({ Version: '2012-10-17', Statement: [statement] }, 'resource').ok)
        throw invalid('The provided principal was invalid. Please check the principal and try again.')
      put(call, { ...made, statements: { ...made.statements, [id]: statement }, revisionId: newId(call.cloud) })
      return { Statement: JSON.stringify(statement) }
    },
  }),
  RemovePermission: operation({
    input: { FunctionName: members.functionName, StatementId: statementId, Qualifier: members.qualifier },
    needs: (input, call) => needs(call, 'RemovePermission', input.FunctionName),
    perform: (input, call) => {
      const made = find(call, input.FunctionName)
      const { [input.StatementId]: found, ...statements } = made.statements
      if (found === undefined) throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
      put(call, { ...made, statements, revisionId: newId(call.cloud) })
      return {}
    },
  }),
  GetPolicy: operation({
    input: { FunctionName: members.functionName, Qualifier: members.qualifier },
    needs: (input, call) => needs(call, 'GetPolicy', input.FunctionName),
    perform: (input, call) => {
      const made = find(call, arnOf(call, input.FunctionName))
      const Policy = policyOf(made)
      if (Policy === undefined) throw notFound('The resource you requested does not exist.')
      return { Policy, RevisionId: made.revisionId }
    },
  }),
}
