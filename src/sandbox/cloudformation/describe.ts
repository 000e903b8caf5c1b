import { validationError } from '../fault.ts'
import { operation } from '../service.ts'
import { list, required, text } from '../shape.ts'
import { exportsIn, importersOf } from './exports.ts'
import { findStack, getStack, onAny, onStack, ownStacks, placeOf } from './find.ts'
import * as members from './members.ts'
import { page } from './page.ts'
import { cloudFormationState, type Stack, type StackResource } from './state.ts'
import { eventView, resourceDetail, resourceSummary, resourceView, stackSummary, stackView } from './views.ts'

const optional = { StackName: members.stackNameOrId, NextToken: members.nextToken }

/** A stack that was never made has no resources to tell of, and is known to few operations. */
function resourceOf(stack: Stack, logicalId: string): StackResource {
  const found = stack.resources.find((resource) => resource.logicalId === logicalId)
  if (found) return found
  throw validationError(`Resource ${logicalId} does not exist for stack ${stack.name}`)
}

export const describe = {
  DescribeStacks: operation({
    input: optional,
    needs: (input, call) =>
      input.StackName === undefined ? onAny('DescribeStacks') : onStack(call, 'DescribeStacks', input.StackName),
    perform: (input, call) => {
      if (input.StackName !== undefined) return { Stacks: [stackView(getStack(call, input.StackName))] }
      const there = ownStacks(call).filter(({ status }) => status !== 'DELETE_COMPLETE')
      return page('Stacks', there, stackView, input.NextToken)
    },
  }),

  ListStacks: operation({
    input: { NextToken: members.nextToken, StackStatusFilter: list(text()) },
    needs: () => onAny('ListStacks'),
    perform: (input, call) => {
      const { StackStatusFilter: wanted = [] } = input
      const found = ownStacks(call).filter(({ status }) => wanted.length === 0 || wanted.includes(status))
      return page('StackSummaries', found, stackSummary, input.NextToken)
    },
  }),

  DescribeStackEvents: operation({
    input: { ...optional, StackName: required(members.stackNameOrId) },
    needs: (input, call) => onStack(call, 'DescribeStackEvents', input.StackName),
    perform: (input, call) => {
      const found = findStack(call, input.StackName)
      if (found === undefined) throw validationError(`Stack [${input.StackName}] does not exist`)
      const { id } = found
      const events = [...cloudFormationState(call.cloud).events.values()].filter(({ stackId }) => stackId === id)
      return page('StackEvents', events.reverse(), eventView, input.NextToken)
    },
  }),

  DescribeStackResource: operation({
    input: { StackName: required(members.stackNameOrId), LogicalResourceId: required(members.logicalId) },
    needs: (input, call) => onStack(call, 'DescribeStackResource', input.StackName),
    perform: (input, call) => {
      const stack = getStack(call, input.StackName)
      return { StackResourceDetail: resourceDetail(stack, resourceOf(stack, input.LogicalResourceId)) }
    },
  }),

  DescribeStackResources: operation({
    input: { StackName: members.stackNameOrId, LogicalResourceId: members.logicalId, PhysicalResourceId: text() },
    needs: (input, call) =>
      input.StackName === undefined
        ? onAny('DescribeStackResources')
        : onStack(call, 'DescribeStackResources', input.StackName),
    perform: (input, call) => {
      const { StackName: name, LogicalResourceId: logicalId, PhysicalResourceId: physicalId } = input
      if ((name === undefined) === (physicalId === undefined))
        throw validationError('Specify either StackName or PhysicalResourceId, and not both')
      const stack =
        name === undefined
          ? ownStacks(call).find(({ resources }) => resources.some((one) => one.physicalId === physicalId))
          : getStack(call, name)
      if (stack === undefined) throw validationError(`Stack for ${physicalId} does not exist`)
      const asked = stack.resources.filter((one) => logicalId === undefined || one.logicalId === logicalId)
      return { StackResources: asked.map((resource) => resourceView(stack, resource)) }
    },
  }),

  ListStackResources: operation({
    input: { ...optional, StackName: required(members.stackNameOrId) },
    needs: (input, call) => onStack(call, 'ListStackResources', input.StackName),
    perform: (input, call) => {
      const { resources } = getStack(call, input.StackName)
      return page('StackResourceSummaries', resources, resourceSummary, input.NextToken)
    },
  }),

  ListExports: operation({
    input: { NextToken: members.nextToken },
    needs: () => onAny('ListExports'),
    perform: (input, call) => {
      const found = exportsIn(call.cloud, placeOf(call))
      return page(
        'Exports',
        found,
        ({ name, value, stack }) => ({ ExportingStackId: stack.id, Name: name, Value: value }),
        input.NextToken,
      )
    },
  }),

  ListImports: operation({
    input: { ExportName: required(text()), NextToken: members.nextToken },
    needs: () => onAny('ListImports'),
    perform: (input, call) => {
      const users = importersOf(call.cloud, placeOf(call), input.ExportName)
      if (users.length === 0) throw validationError(`Export '${input.ExportName}' is not imported by any stack.`)
      return page('Imports', users, ({ name }) => name, input.NextToken)
    },
  }),
}
