import { validationError } from '../fault.ts'
import { operation } from '../service.ts'
import { flag, integer, list, oneOf, required, structure, text } from '../shape.ts'
import { arnOf, description, find, needs, notFound, own, pageOf, view } from './parameters.ts'
import { parametersOf } from './state.ts'

const name = required(text({ min: 1, max: 2048 }))
const names = required(list(text({ min: 1, max: 2048 }), { min: 1, max: 10 }))
const paging = { MaxResults: integer({ min: 1, max: 50 }), NextToken: text() }

export const readParameters = {
  GetParameter: operation({
    input: { Name: name, WithDecryption: flag() },
    needs: (input, call) => needs('GetParameter', call, input.Name),
    perform: (input, call) => {
      const { parameter, version, asked } = find(call, input.Name)
      return { Parameter: view(parameter, version, { open: input.WithDecryption ?? false, selector: asked.selector }) }
    },
  }),
  GetParameters: operation({
    input: { Names: names, WithDecryption: flag() },
    needs: (input, call) => input.Names.map((one) => needs('GetParameters', call, one)),
    perform: (input, call) => {
      const found: object[] = []
      const InvalidParameters: string[] = []
      for (const one of new Set(input.Names))
        try {
          const { parameter, version, asked } = find(call, one)
          found.push(view(parameter, version, { open: input.WithDecryption ?? false, selector: asked.selector }))
        } catch {
          InvalidParameters.push(one)
        }
      return { Parameters: found, InvalidParameters }
    },
  }),
  GetParametersByPath: operation({
    input: {
      Path: name,
      Recursive: flag(),
      WithDecryption: flag(),
      MaxResults: integer({ min: 1, max: 10 }),
      NextToken: text(),
    },
    needs: (input, call) => ({
      action: 'ssm:GetParametersByPath',
      resource: arnOf(input.Path.replace(/\/$/, '') || '/', call.region, call.caller.accountId),
      context: { 'ssm:recursive': String(input.Recursive ?? false) },
    }),
    perform: (input, call) => {
      if (!input.Path.startsWith('/'))
        throw validationError(
          'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
        )
      const under = input.Path.endsWith('/') ? input.Path : `${input.Path}/`
      const within = own(call).filter(
        (one) => one.name.startsWith(under) && (input.Recursive || !one.name.slice(under.length).includes('/')),
      )
      const { page, next } = pageOf(within, input, 10)
      const open = input.WithDecryption ?? false
      return {
        Parameters: page.flatMap((one) => one.versions.slice(-1).map((version) => view(one, version, { open }))),
        ...next,
      }
    },
  }),
  GetParameterHistory: operation({
    input: { Name: name, WithDecryption: flag(), ...paging },
    needs: (input, call) => needs('GetParameterHistory', call, input.Name),
    perform: (input, call) => {
      const { parameter } = find(call, input.Name)
      const { page, next } = pageOf(parameter.versions, input, 50)
      const open = input.WithDecryption ?? false
      return {
        Parameters: page.map((version) => ({
          ...description(parameter, version),
          Value: view(parameter, version, { open }).Value,
          Labels: version.labels,
        })),
        ...next,
      }
    },
  }),
  DescribeParameters: operation({
    input: {
      ParameterFilters: list(
        structure({ Key: required(text()), Option: text(), Values: list(text(), { min: 1, max: 50 }) }),
      ),
      Filters: list(structure({ Key: required(oneOf('Name', 'Type', 'KeyId')), Values: required(list(text())) })),
      ...paging,
    },
    needs: () => ({ action: 'ssm:DescribeParameters', resource: '*' }),
    perform: (input, call) => {
      const filters = [
        ...(input.ParameterFilters ?? []),
        ...(input.Filters ?? []).map((one) => ({ ...one, Option: 'BeginsWith' })),
      ]
      const found = own(call).filter((one) =>
        filters.every(({ Key, Option = 'Equals', Values = [] }) => {
          const newest = one.versions.at(-1)
          const value =
            Key === 'Name'
              ? one.name
              : Key === 'Type'
                ? newest?.type
                : Key === 'Tier'
                  ? newest?.tier
                  : Key.startsWith('tag:')
                    ? one.tags[Key.slice(4)]
                    : Key === 'Path'
                      ? one.name
                      : undefined
          if (value === undefined) return false
          if (Key === 'Path') return Values.some((path) => value.startsWith(`${path.replace(/\/$/, '')}/`))
          return Values.some((wanted) =>
            Option === 'BeginsWith'
              ? value.startsWith(wanted)
              : Option === 'Contains'
                ? value.includes(wanted)
                : value === wanted,
          )
        }),
      )
      const { page, next } = pageOf(found, input, 50)
      return {
        Parameters: page.flatMap((one) => one.versions.slice(-1).map((version) => description(one, version))),
        ...next,
      }
    },
  }),
  DeleteParameter: operation({
    input: { Name: name },
    needs: (input, call) => needs('DeleteParameter', call, input.Name),
    perform: (input, call) => {
      parametersOf(call.cloud).delete(find(call, input.Name).parameter.arn)
      return {}
    },
  }),
  DeleteParameters: operation({
    input: { Names: names },
    needs: (input, call) => input.Names.map((one) => needs('DeleteParameters', call, one)),
    perform: (input, call) => {
      const table = parametersOf(call.cloud)
      const gone = input.Names.filter((one) => table.delete(arnOf(one, call.region, call.caller.accountId)))
      return { DeletedParameters: gone, InvalidParameters: input.Names.filter((one) => !gone.includes(one)) }
    },
  }),
  LabelParameterVersion: operation({
    input: {
      Name: name,
      ParameterVersion: integer({ min: 1 }),
      Labels: required(list(text({ min: 1, max: 100 }), { min: 1, max: 10 })),
    },
    needs: (input, call) => needs('LabelParameterVersion', call, input.Name),
    perform: (input, call) => {
      const { parameter } = find(call, input.Name)
      const number = input.ParameterVersion ?? parameter.versions.at(-1)?.number
      if (!parameter.versions.some((version) => version.number === number)) throw notFound()
      const isLabel = (label: string): boolean => /^[\w.-]+$/.test(label) && !/^(?:\d|aws|ssm)/i.test(label)
      const labels = input.Labels.filter(isLabel)
      const versions = parameter.versions.map((version) => {
        // A label is on one version at a time.
        const others = version.labels.filter((label) => !labels.includes(label))
        return { ...version, labels: version.number === number ? [...others, ...labels] : others }
      })
      parametersOf(call.cloud).put(parameter.arn, { ...parameter, versions })
      return { InvalidLabels: input.Labels.filter((label) => !isLabel(label)), ParameterVersion: number }
    },
  }),
}
