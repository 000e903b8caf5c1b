import { validationError } from '../../fault.ts'
import type { Properties, Value } from '../resource-type.ts'
import { checkReferences } from './check-references.ts'
import { parseBody } from './parse-body.ts'
import { readParameter } from './read-parameter.ts'
import { refuseAbsent } from './references.ts'
import {
  type DeletionPolicy,
  deletionPolicies,
  type Mappings,
  type OutputDeclaration,
  type ResourceDeclaration,
  type RuleDeclaration,
  type Template,
} from './template.ts'
import { formatError, isList, isMap, textOf } from './values.ts'

/**
 * The template that a text holds, JSON or YAML: read, in its long forms, and with all its references found good.
 *
 * Functions are worked out by `evaluate`. Throws a `Fault` ValidationError in CloudFormation's words. Limits: 500
 * resources, 200 parameters, mappings and outputs, names of at most 255 letters and digits.
 * (CloudFormation User Guide, "Template sections" and "Understand CloudFormation quotas".)
 */
export function readTemplate(body: string): Template {
  const raw = parseBody(body)
  if (!isMap(raw)) throw formatError('unsupported structure.')
  const unknown = Object.keys(raw).filter((name) => !sections.has(name))
  if (unknown.length > 0)
    throw validationError(`Template validation error: Invalid template property or properties [${unknown.join(', ')}]`)
  const version = raw.AWSTemplateFormatVersion
  if (version !== undefined && version !== '2010-09-09')
    throw formatError('unsupported value for AWSTemplateFormatVersion.')
  const description = descriptionOf(raw.Description)
  const transform = transformOf(raw.Transform)
  const metadata = raw.Metadata
  if (metadata !== undefined && !isMap(metadata)) throw formatError('Metadata must be a JSON object.')
  const template: Template = {
    ...(description !== undefined && { description }),
    ...(metadata !== undefined && { metadata }),
    parameters: named(raw, 'Parameters', 200, readParameter),
    mappings: readMappings(raw),
    conditions: named(raw, 'Conditions', 200, (_, condition) => condition),
    rules: named(raw, 'Rules', 200, readRule),
    resources: named(raw, 'Resources', 500, readResource),
    outputs: named(raw, 'Outputs', 200, readOutput),
    ...(transform !== undefined && { transform }),
  }
  if (Object.keys(template.resources).length === 0) throw formatError('At least one Resources member must be defined.')
  checkReferences(template)
  return template
}

const sections: ReadonlySet<string> = new Set([
  ...['AWSTemplateFormatVersion', 'Conditions', 'Description', 'Mappings', 'Metadata', 'Outputs', 'Parameters'],
  ...['Resources', 'Rules', 'Transform'],
])

/** A section, each of its members read. */
function named<T>(
  raw: Properties,
  section: string,
  most: number,
  read: (name: string, member: Value) => T,
): Readonly<Record<string, T>> {
  const members = raw[section] ?? {}
  if (!isMap(members)) throw formatError(`${section} must be a JSON object.`)
  const entries = Object.entries(members)
  if (entries.length > most)
    throw formatError(`Number of ${section.toLowerCase()}, ${entries.length}, is greater than maximum allowed, ${most}`)
  return Object.fromEntries(
    entries.map(([name, member]) => {
      refuseAbsent(name)
      if (!/^[A-Za-z0-9]+$/.test(name)) throw formatError(`${section.slice(0, -1)} name ${name} is non alphanumeric.`)
      if (name.length > 255) throw formatError(`${section.slice(0, -1)} name ${name} exceeds 255 characters.`)
      return [name, read(name, member)]
    }),
  )
}

function descriptionOf(value: Value | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw formatError('Description must be a string.')
  if (Buffer.byteLength(value) > 1024) throw formatError("'Description' length is greater than 1024.")
  return value
}

function transformOf(value: Value | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined
  return (isList(value) ? value : [value]).map((one) => {
    const name = isMap(one) ? one.Name : one
    // The functions it brings are always there; no other transform is.
    if (name === 'AWS::LanguageExtensions') return name
    throw validationError(`No transform named ${textOf(name) ?? ''} found.`)
  })
}

function readMappings(raw: Properties): Mappings {
  return named(raw, 'Mappings', 200, (name, mapping) => {
    if (!isMap(mapping)) throw formatError(`Every Mappings member ${name} must be a map`)
    return Object.fromEntries(
      Object.entries(mapping).map(([key, attributes]) => {
        if (!isMap(attributes)) throw formatError(`Every Mappings attribute must be a String or a List.`)
        for (const value of Object.values(attributes))
          if (!(isList(value) ? value : [value]).every((item) => textOf(item) !== undefined))
            throw formatError('Every Mappings attribute must be a String or a List.')
        return [key, attributes]
      }),
    )
  })
}

function readRule(name: string, rule: Value): RuleDeclaration {
  const assertions = isMap(rule) ? rule.Assertions : undefined
  if (!isMap(rule) || !isList(assertions) || assertions.length === 0)
    throw formatError(`Rule ${name} must contain a list of Assertions.`)
  const condition = rule.RuleCondition
  return {
    ...(condition !== undefined && { condition }),
    assertions: assertions.map((assertion) => {
      const assert = isMap(assertion) ? assertion.Assert : undefined
      if (!isMap(assertion) || assert === undefined)
        throw formatError(`Every assertion of rule ${name} must contain an Assert member.`)
      const description = textOf(assertion.AssertDescription)
      return { assert, ...(description !== undefined && { description }) }
    }),
  }
}

const resourceMembers: ReadonlySet<string> = new Set([
  ...['Condition', 'CreationPolicy', 'DeletionPolicy', 'DependsOn', 'Metadata', 'Properties', 'Type'],
  ...['UpdatePolicy', 'UpdateReplacePolicy'],
])

function readResource(name: string, resource: Value): ResourceDeclaration {
  if (!isMap(resource)) throw formatError('Any Resources member must be an object.')
  const { Type: type, Properties: properties = {}, DependsOn: dependsOn = [], Metadata: metadata } = resource
  if (typeof type !== 'string')
    throw formatError(`[/Resources/${name}] Every Resources object must contain a Type member.`)
  const unknown = Object.keys(resource).find((member) => !resourceMembers.has(member))
  if (unknown !== undefined)
    throw validationError(`Template validation error: Invalid template resource property '${unknown}'`)
  if (properties !== null && !isMap(properties)) throw formatError('Any Properties member must be a JSON object.')
  const condition = conditionOf(resource.Condition)
  return {
    type,
    properties: properties ?? {},
    ...(condition !== undefined && { condition }),
    dependsOn: (isList(dependsOn) ? dependsOn : [dependsOn]).map((one) => {
      if (typeof one === 'string') return one
      throw formatError('Every DependsOn value must be a string or a list of strings.')
    }),
    deletionPolicy: policyOf(resource, 'DeletionPolicy'),
    updateReplacePolicy: policyOf(resource, 'UpdateReplacePolicy'),
    ...(metadata !== undefined && { metadata }),
  }
}

function conditionOf(value: Value | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw formatError('Every Condition member must be a string.')
}

function policyOf(resource: Properties, member: 'DeletionPolicy' | 'UpdateReplacePolicy'): DeletionPolicy {
  const value = resource[member] ?? 'Delete'
  const known = deletionPolicies.find((policy) => policy === value)
  if (known !== undefined && (known !== 'RetainExceptOnCreate' || member === 'DeletionPolicy')) return known
  throw formatError(`Unrecognized ${member} ${textOf(value) ?? JSON.stringify(value)}`)
}

function readOutput(name: string, output: Value): OutputDeclaration {
  const value = isMap(output) ? output.Value : undefined
  if (!isMap(output) || value === undefined || value === null)
    throw formatError('Every Outputs member must contain a Value object')
  const exported = output.Export
  const exportName = isMap(exported) ? exported.Name : undefined
  if (exported !== undefined && exportName === undefined) throw formatError(`Output ${name} is malformed.`)
  const condition = conditionOf(output.Condition)
  const description = descriptionOf(output.Description)
  return {
    value,
    ...(description !== undefined && { description }),
    ...(exportName !== undefined && { exportName }),
    ...(condition !== undefined && { condition }),
  }
}
