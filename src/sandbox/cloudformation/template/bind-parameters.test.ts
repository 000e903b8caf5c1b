import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '../../fault.ts'
import {
  type BoundParameters,
  bindParameters,
  type GivenParameter,
  givenParameters,
  readTemplate,
  shownParameters,
} from './index.ts'
import { bodyOf, refusedWith } from './stage.test.ts'

const held = async (name: string) => `held in ${name}`
const bind = (
  Parameters: object,
  given: readonly GivenParameter[] = [],
  previous: Readonly<Record<string, string>> = {},
  lookUp = held,
): Promise<BoundParameters> => bindParameters(readTemplate(bodyOf('', { Parameters })), given, previous, lookUp)

const text = { Type: 'String' }
const one = (value: string): readonly GivenParameter[] => [{ key: 'P', value }]

test('a parameter is what was given, else what it was where that is asked, else its default', async () => {
  const values = async (given: readonly GivenParameter[]) =>
    (await bind({ P: { ...text, Default: 'default' } }, given, { P: 'before' })).P?.value
  assert.equal(await values(one('given')), 'given')
  assert.equal(await values([{ key: 'P', usePreviousValue: true }]), 'before')
  assert.equal(await values([]), 'default')
  assert.equal(await values(one('')), '')
})

test('what is missing, unknown, or said twice is refused', async () => {
  await assert.rejects(bind({ P: text, Q: text }), refusedWith('Parameters: [P, Q] must have values'))
  const unknown = [...one('a'), { key: 'constructor', value: 'b' }]
  await assert.rejects(
    bind({ P: text }, unknown),
    refusedWith('Parameters: [constructor] do not exist in the template'),
  )
  await assert.rejects(bind({ P: text }, [...one('a'), ...one('b')]), refusedWith(/specified more than once/))
  const both = [{ key: 'P', value: 'a', usePreviousValue: true }]
  await assert.rejects(bind({ P: text }, both), refusedWith(/^Invalid input for parameter key P\. Cannot specify use/))
  const never = [{ key: 'toString', usePreviousValue: true }]
  await assert.rejects(bind({ toString: text }, never), refusedWith('Parameters: [toString] must have values'))
})

const constraints: readonly (readonly [declaration: object, good: string, bad: string, message: string])[] = [
  [{ ...text, AllowedValues: ['a', true, 1] }, 'true', 'b', "Parameter 'P' must be one of AllowedValues"],
  [{ ...text, AllowedPattern: '[a-z]+|x' }, 'ab', 'ab1', "Parameter 'P' must match pattern [a-z]+|x"],
  [
    { ...text, AllowedPattern: 'a', ConstraintDescription: 'say a' },
    'a',
    'b',
    'Parameter P failed to satisfy constraint: say a',
  ],
  [{ ...text, MinLength: 2 }, 'ab', 'a', "Parameter 'P' must contain at least 2 characters"],
  [{ ...text, MaxLength: '2' }, 'ab', 'abc', "Parameter 'P' must contain at most 2 characters"],
  [{ ...text }, 'x'.repeat(4096), 'x'.repeat(4097), "Parameter 'P' must contain at most 4096 bytes"],
  [{ Type: 'Number' }, '-1.5e3', '1a', "Parameter 'P' must be a number"],
  [{ Type: 'Number', MinValue: 2 }, '2', '1', "Parameter 'P' must be a number not less than 2"],
  [{ Type: 'Number', MaxValue: 2 }, '2', '3', "Parameter 'P' must be a number not greater than 2"],
  [{ Type: 'List<Number>' }, '1, 2', '1,b', "Parameter 'P' must be a number"],
  [
    { Type: 'CommaDelimitedList', AllowedValues: ['a', 'b'] },
    'a,b',
    'a,c',
    "Parameter 'P' must be one of AllowedValues",
  ],
]

describe('a value against its constraint is refused, the nearest good one is not', () => {
  for (const [declaration, good, bad, message] of constraints)
    test(message, async () => {
      assert.equal((await bind({ P: declaration }, one(good))).P?.given, good)
      await assert.rejects(bind({ P: declaration }, one(bad)), refusedWith(message))
    })
})

test('a pattern that would never end is given up', { timeout: 60_000 }, async () => {
  const P = { ...text, AllowedPattern: '(a+)+' }
  assert.equal((await bind({ P }, one('aaa'))).P?.value, 'aaa')
  await assert.rejects(bind({ P }, one(`${'a'.repeat(60)}!`)), refusedWith(/must match pattern/))
})

test('lists are split at their commas', async () => {
  const bound = await bind({ P: { Type: 'CommaDelimitedList' } }, one(' a,b , c'))
  assert.deepEqual(bound.P?.value, ['a', 'b', 'c'])
})

test('a parameter of the parameter store is looked up, and tells both', async () => {
  const P = { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/v' }
  const bound = await bind({ P })
  assert.equal(bound.P?.value, 'held in /v')
  assert.deepEqual(shownParameters(bound), [{ ParameterKey: 'P', ParameterValue: '/v', ResolvedValue: 'held in /v' }])
  const list = await bind({ P: { Type: 'AWS::SSM::Parameter::Value<List<String>>' } }, one('x'), {}, async () => 'a,b')
  assert.deepEqual(list.P?.value, ['a', 'b'])
  const missing = async (): Promise<string> => {
    throw new Fault('ParameterNotFound', 400, '')
  }
  await assert.rejects(
    bind({ P }, [], {}, missing),
    refusedWith('Unable to fetch parameters [/v] from parameter store for this account.'),
  )
  const denied = new Fault('AccessDeniedException', 400, 'no')
  await assert.rejects(
    bind({ P }, [], {}, () => Promise.reject(denied)),
    denied,
  )
})

test('a NoEcho is shown to nobody, and kept for the next time', async () => {
  const bound = await bind({ P: { ...text, NoEcho: 'true' } }, one('secret'))
  assert.deepEqual(shownParameters(bound), [{ ParameterKey: 'P', ParameterValue: '****' }])
  assert.deepEqual(givenParameters(bound), { P: 'secret' })
  const strict = { P: { ...text, NoEcho: true, AllowedValues: ['x'] } }
  await assert.rejects(bind(strict, one('secret')), (error: Error) => !error.message.includes('secret'))
})
