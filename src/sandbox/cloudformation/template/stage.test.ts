import assert from 'node:assert/strict'
import { Fault } from '../../fault.ts'
import type { Value } from '../resource-type.ts'
import { bindParameters, conditionsOf, evaluate, type GivenParameter, readTemplate, type Scope } from './index.ts'

/** A template with one resource that says `value`, and whatever else it is given. */
export const bodyOf = (value: Value, more: object = {}): string =>
  JSON.stringify({ Resources: { Topic: { Type: 'A::B::C', Properties: { Value: value } } }, ...more })

/** What the template's functions are worked out with, in a stack where each resource is called after itself. */
export async function scopeOf(body: string, given: readonly GivenParameter[] = []): Promise<Scope> {
  const template = readTemplate(body)
  const scope: Scope = {
    parameters: await bindParameters(template, given, {}, async (name) => `held in ${name}`),
    pseudo: { 'AWS::Region': 'eu-central-1', 'AWS::Partition': 'aws', 'AWS::AccountId': '111122223333' },
    conditions: {},
    mappings: template.mappings,
    refOf: (logicalId) => `ref-${logicalId}`,
    attributeOf: (logicalId, name) => `${logicalId}/${name}`,
    importValue: (name) => `import-${name}`,
  }
  return { ...scope, conditions: conditionsOf(template, scope) }
}

/** What a value in a template comes to. */
export async function worked(value: Value, more: object = {}): Promise<Value> {
  const resources = { Other: { Type: 'A::B::C' }, Topic: { Type: 'A::B::C', Properties: { Value: value } } }
  const body = JSON.stringify({ Resources: resources, ...more })
  const scope = await scopeOf(body)
  return evaluate(value, scope)
}

export const refusedWith =
  (message: string | RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof Fault, String(error))
    assert.equal(error.code, 'ValidationError')
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    return true
  }
