import type { ParameterDeclaration } from './template.ts'

/** What the parameters of a template stand for. Plain data, to be kept with the stack. */
export type BoundParameters = Readonly<Record<string, BoundParameter>>

export interface BoundParameter {
  /** As it was given, or the default. */
  readonly given: string
  /** What `Ref` gives. */
  readonly value: string | readonly string[]
  /** What the parameter store held, of an `AWS::SSM::Parameter::Value<…>`. */
  readonly resolved?: string
  readonly noEcho: boolean
}

const hidden = '****'

/** The parameters as stacks and change sets tell of them: a NoEcho is only stars. */
export const shownParameters = (
  bound: BoundParameters,
): readonly { readonly ParameterKey: string; readonly ParameterValue: string; readonly ResolvedValue?: string }[] =>
  Object.entries(bound).map(([ParameterKey, { given, resolved, noEcho }]) => ({
    ParameterKey,
    ParameterValue: noEcho ? hidden : given,
    ...(resolved !== undefined && { ResolvedValue: noEcho ? hidden : resolved }),
  }))

/** What was given, by name: `previous` of the next `bindParameters`. */
export const givenParameters = (bound: BoundParameters): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(bound).map(([name, { given }]) => [name, given]))

/** The type of an SSM parameter's value; undefined for parameters that are what they were given. */
export const storedType = ({ type }: Pick<ParameterDeclaration, 'type'>): string | undefined =>
  /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1]
