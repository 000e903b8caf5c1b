import type { Properties, Value } from '../resource-type.ts'
import { functions } from './functions.ts'
import { unsupported } from './references.ts'
import type { Scope } from './scope.ts'
import { callOf, isList, isMap, own } from './values.ts'

/**
 * What a part of a template says once its functions are worked out. `AWS::NoValue` takes away the property or list
 * item it stands for, and is null where it stands alone. Throws a `Fault` ValidationError for a function that cannot be
 * worked out. (CloudFormation Template Reference, "Intrinsic functions".)
 */
export const evaluate = (raw: Value, scope: Scope): Value => worked(raw, scope) ?? null

/** Undefined: nothing stands there. */
function worked(raw: Value, scope: Scope): Value | undefined {
  if (isList(raw)) return raw.map((item) => worked(item, scope)).filter((item) => item !== undefined)
  if (!isMap(raw)) return raw
  const call = callOf(raw)
  if (call === undefined) return workedMap(raw, scope)
  const perform = own(functions, call.name)
  if (perform === undefined) throw unsupported(call.name)
  return perform(call.argument, scope, worked)
}

function workedMap(map: Properties, scope: Scope): Properties {
  const entries = Object.entries(map).map(([name, value]) => [name, worked(value, scope)] as const)
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, Value] => entry[1] !== undefined))
}
