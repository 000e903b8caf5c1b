import { Fault } from '../fault.ts'
import { operation } from '../service.ts'
import { integer, list, required, text } from '../shape.ts'
import { findWhole, needs, versionOf } from './parameters.ts'
import { parametersOf } from './state.ts'

const mostLabels = 10
const input = {
  Name: required(text({ min: 1, max: 2048 })),
  Labels: required(list(text({ min: 1, max: 100 }), { min: 1, max: 10 })),
}

const isLabel = (label: string): boolean => /^[\w.-]+$/.test(label) && !/^(?:\d|aws|ssm)/i.test(label)

export const labels = {
  LabelParameterVersion: operation({
    input: { ...input, ParameterVersion: integer({ min: 1 }) },
    needs: (given, call) => needs('LabelParameterVersion', call, given.Name),
    perform: (given, call) => {
      const parameter = findWhole(call, given.Name)
      const { number } = versionOf(parameter, given.ParameterVersion?.toString())
      const wanted = [...new Set(given.Labels.filter(isLabel))]
      const versions = parameter.versions.map((version) => {
        // A label is on one version at a time.
        const others = version.labels.filter((label) => !wanted.includes(label))
        return { ...version, labels: version.number === number ? [...others, ...wanted] : others }
      })
      if (versions.some((version) => version.labels.length > mostLabels))
        throw new Fault(
          'ParameterVersionLabelLimitExceeded',
          400,
          'A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
        )
      parametersOf(call.cloud).put(parameter.arn, { ...parameter, versions })
      return { InvalidLabels: given.Labels.filter((label) => !isLabel(label)), ParameterVersion: number }
    },
  }),
  UnlabelParameterVersion: operation({
    input: { ...input, ParameterVersion: required(integer({ min: 1 })) },
    needs: (given, call) => needs('UnlabelParameterVersion', call, given.Name),
    perform: (given, call) => {
      const parameter = findWhole(call, given.Name)
      const { number, labels: before } = versionOf(parameter, given.ParameterVersion.toString())
      const RemovedLabels = given.Labels.filter((label) => before.includes(label))
      const versions = parameter.versions.map((version) =>
        version.number === number
          ? { ...version, labels: before.filter((label) => !RemovedLabels.includes(label)) }
          : version,
      )
      parametersOf(call.cloud).put(parameter.arn, { ...parameter, versions })
      return { RemovedLabels, InvalidLabels: given.Labels.filter((label) => !RemovedLabels.includes(label)) }
    },
  }),
}
