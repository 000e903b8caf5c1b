import { validationError } from '../../fault.ts'
import { holdsIn } from './conditions.ts'
import type { Scope } from './scope.ts'
import type { Template } from './template.ts'

/** Refuses parameters that the template's rules forbid, in the words of the rules. */
export function checkRules(template: Pick<Template, 'rules'>, scope: Scope): void {
  const broken = Object.values(template.rules)
    .filter(({ condition }) => condition === undefined || holdsIn(condition, scope))
    .flatMap(({ assertions }) => assertions.filter(({ assert }) => !holdsIn(assert, scope)))
  const [first] = broken
  if (first === undefined) return
  throw validationError(`Template validation error: ${first.description ?? 'An assertion of the Rules section failed'}`)
}
