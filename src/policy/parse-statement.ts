import type { Condition, Statement } from './document.ts'
import { at, type FaultList, quote, report } from './fault.ts'
import { isRecord, readStrings } from './field.ts'
import { faultOfValue, parseOperator } from './operator.ts'
import type { PolicyKind } from './parse.ts'
import { checkAction, checkResource, checkTrustAction } from './parse-name.ts'
import { readPrincipal } from './parse-principal.ts'

const elements = new Set([
  ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
])

/** One statement of a policy of that kind; every fault goes to the list. */
export function readStatement(value: unknown, kind: PolicyKind, faults: FaultList): Statement | undefined {
  if (!isRecord(value)) return report(faults, 'a statement is a JSON object')
  for (const name of Object.keys(value))
    if (!elements.has(name)) report(at(faults, name), `a statement has no element ${quote(name)}`)

  const effect = readEffect(value.Effect, kind, at(faults, 'Effect'))
  const sid = readSid(value.Sid, kind, at(faults, 'Sid'))
  const rest = {
    ...readPair(value, 'Action', kind, faults),
    ...readPair(value, 'Resource', kind, faults),
    ...readPrincipals(value, kind, effect, faults),
    conditions: value.Condition === undefined ? [] : readConditions(value.Condition, at(faults, 'Condition')),
  }
  return effect === undefined ? undefined : { ...(sid === undefined ? {} : { sid }), effect, ...rest }
}

function readEffect(value: unknown, kind: PolicyKind, faults: FaultList): Statement['effect'] | undefined {
  if (value === 'Allow' || value === 'Deny') return value
  if (value !== undefined) return report(faults, 'must be "Allow" or "Deny", spelt so')
  return report(faults, 'is missing', kind === 'identity' ? undefined : missingField('Effect'))
}

const missingField = (name: string) => `Missing required field ${name}`

function readSid(value: unknown, kind: PolicyKind, faults: FaultList): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') return report(faults, 'must be a string')
  // Services that keep resource policies (S3, SQS, KMS …) allow more characters than IAM itself.
  if (kind !== 'resource' && !/^[0-9A-Za-z]*$/.test(value))
    report(
      faults,
      'may hold letters and digits only',
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    )
  return value
}

type Pair = Pick<Statement, 'action' | 'notAction' | 'resource' | 'notResource'>

function readPair(
  value: Readonly<Record<string, unknown>>,
  name: 'Action' | 'Resource',
  kind: PolicyKind,
  faults: FaultList,
): Pair {
  const isAction = name === 'Action'
  const present = [name, `Not${name}`].filter((element) => value[element] !== undefined)
  const [element] = present
  if (!isAction && kind === 'trust') {
    for (const extra of present)
      report(at(faults, extra), 'a trust policy is about its own role only', `Has prohibited field ${extra}`)
    return {}
  }
  if (present.length > 1) report(faults, `has both ${name} and Not${name}; one of them must go`)
  const missing =
    kind === 'identity' ? `Policy statement must contain ${isAction ? 'actions' : 'resources'}.` : missingField(name)
  if (element === undefined) {
    report(at(faults, name), `is missing, and so is Not${name}`, missing)
    return {}
  }
  const here = at(faults, element)
  const listed = value[element]
  const strings = readStrings(listed, here)
  if (Array.isArray(listed) && listed.length === 0) report(here, 'is an empty list', missing)
  strings.forEach((text, index) => {
    const place = Array.isArray(listed) ? at(here, index) : here
    if (!isAction) checkResource(text, kind, place)
    else if (checkAction(text, place) && kind === 'trust') checkTrustAction(text, element === 'NotAction', place)
  })
  if (isAction) return element === 'Action' ? { action: strings } : { notAction: strings }
  return element === 'Resource' ? { resource: strings } : { notResource: strings }
}

function readPrincipals(
  value: Readonly<Record<string, unknown>>,
  kind: PolicyKind,
  effect: Statement['effect'] | undefined,
  faults: FaultList,
): Pick<Statement, 'principal' | 'notPrincipal'> {
  const present = (['Principal', 'NotPrincipal'] as const).filter((element) => value[element] !== undefined)
  if (kind === 'identity') {
    for (const element of present)
      report(
        at(faults, element),
        'this policy belongs to its principal, so it names none',
        'Policy document should not specify a principal.',
      )
    return {}
  }
  const [element] = present
  if (element === undefined) {
    report(at(faults, 'Principal'), 'is missing', missingField('Principal'))
    return {}
  }
  if (present.length > 1) report(faults, 'has both Principal and NotPrincipal; one of them must go')
  const here = at(faults, element)
  if (element === 'NotPrincipal' && kind === 'trust')
    report(here, 'a trust policy names who may assume the role', 'Has prohibited field NotPrincipal')
  else if (element === 'NotPrincipal' && effect === 'Allow')
    report(here, 'would allow everyone else in the world', 'Allow with NotPrincipal is not allowed.')
  const principal = readPrincipal(value[element], here)
  if (principal === undefined) return {}
  return element === 'Principal' ? { principal } : { notPrincipal: principal }
}

function readConditions(value: unknown, faults: FaultList): readonly Condition[] {
  const conditions: Condition[] = []
  if (!isRecord(value)) report(faults, 'must be an object of operators')
  else
    for (const [operator, keys] of Object.entries(value)) {
      const here = at(faults, operator)
      const known = parseOperator(operator)
      if (known === undefined) report(here, `IAM has no condition operator ${quote(operator)}`)
      if (!isRecord(keys)) report(here, 'must be an object of condition keys')
      else
        for (const [key, wanted] of Object.entries(keys)) {
          const place = at(here, key)
          if (!/^[^\s:]+:\S/.test(key))
            report(
              place,
              `${quote(key)} is not a condition key, which has a prefix such as aws: or s3:`,
              'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
            )
          const values = readValues(wanted, place)
          if (known !== undefined)
            for (const text of values) {
              const fault = faultOfValue(known, text)
              if (fault !== undefined) report(place, `${quote(text)} ${fault}`)
            }
          conditions.push({ operator, key, values })
        }
    }
  return conditions
}

function readValues(value: unknown, faults: FaultList): readonly string[] {
  const values: string[] = []
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  items.forEach((item, index) => {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') values.push(String(item))
    else
      report(
        Array.isArray(value) ? at(faults, index) : faults,
        'must be a string, a number, a boolean, or a list of them',
      )
  })
  return values
}
