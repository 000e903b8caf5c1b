import { validationError } from '../fault.ts'
import { insufficientCapabilities } from './faults.ts'
import { type Template, templateSummary } from './template/index.ts'

/** Refuses a template whose author has not said to expect what it makes. */
export function checkCapabilities(template: Template, given: readonly string[]): void {
  const { Capabilities: needed, DeclaredTransforms: transforms } = templateSummary(template)
  const foreign = transforms.find((name) => name !== 'AWS::LanguageExtensions')
  if (foreign !== undefined) throw validationError(`The sandbox expands no macros: transform ${foreign} is not there.`)
  const missing = needed.filter(
    (capability) =>
      !given.includes(capability) && !(capability === 'CAPABILITY_IAM' && given.includes('CAPABILITY_NAMED_IAM')),
  )
  if (missing.length > 0) throw insufficientCapabilities(missing.join(', '))
}
