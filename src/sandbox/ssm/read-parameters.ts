import { Fault, validationError } from '../fault.ts'
import { operation } from '../service.ts'
import { flag, integer, list, oneOf, required, structure, text } from '../shape.ts'
import { passes } from './filters.ts'
import { arnOf, description, find, findWhole, needs, own, pageOf, view } from './parameters.ts'
import { parametersOf } from './state.ts'

const name = required(text({ min: 1, max: 2048 }))
const names = required(list(text({ min: 1, max: 2048 }), { min: 1, max: 10 }))
const paging = { MaxResults: integer({ min: 1, max: 50 }), NextToken: text() }

export const readParameters = {
  GetParameter: operation({
    input: { Name: name, WithDecryption: flag() },
    needs: (input, call) => needs('GetParameter', call, input.Name),
    perform: (input, call) => {
      const { parameter, version, selector } = find(call, input.Name)
      return { Parameter: view(parameter, version, { open: input.WithDecryption ?? false, selector }) }
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
          const { parameter, version, selector } = find(call, one)
          found.push(view(parameter, version, { open: input.WithDecryption ?? false, selector }))
        } catch (error) {
          if (!(error instanceof Fault)) throw error
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
      const parameter = findWhole(call, input.Name)
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
      const found = own(call).filter((one) => filters.map((filter) => passes(one, filter)).every(Boolean))
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
      parametersOf(call.cloud).delete(findWhole(call, input.Name).arn)
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
}
