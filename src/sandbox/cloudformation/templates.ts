import { validationError } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { oneOf } from '../shape.ts'
import { checkTypes } from './design.ts'
import { getChangeSet, getStack, onAny, onStack } from './find.ts'
import * as members from './members.ts'
import { readTemplate, templateSummary } from './template/index.ts'
import { templateText } from './template-source.ts'

const source = { ...members.templateSource, StackName: members.stackNameOrId }

const onNamed = (action: string) => (input: { readonly StackName?: string }, call: Call) =>
  input.StackName === undefined ? onAny(action) : onStack(call, action, input.StackName)

export const templates = {
  GetTemplate: operation({
    input: {
      StackName: members.stackNameOrId,
      ChangeSetName: members.changeSetNameOrId,
      TemplateStage: oneOf('Original', 'Processed'),
    },
    needs: onNamed('GetTemplate'),
    perform: (input, call) => {
      if (input.StackName === undefined && input.ChangeSetName === undefined)
        throw validationError('Specify a StackName or a ChangeSetName')
      const { template } =
        input.ChangeSetName === undefined
          ? getStack(call, input.StackName ?? '')
          : getChangeSet(call, input.ChangeSetName, input.StackName)
      return {
        ...(template !== '' && { TemplateBody: template }),
        StagesAvailable: ['Original', 'Processed'],
      }
    },
  }),

  GetTemplateSummary: operation({
    input: source,
    needs: onNamed('GetTemplateSummary'),
    perform: async (input, call) => {
      const text =
        input.StackName === undefined ? await templateText(call, input) : getStack(call, input.StackName).template
      if (text === undefined) throw validationError('Either Template URL or Template Body must be specified.')
      return { ...templateSummary(readTemplate(text)), ResourceIdentifierSummaries: [] }
    },
  }),

  ValidateTemplate: operation({
    input: members.templateSource,
    needs: () => onAny('ValidateTemplate'),
    perform: async (input, call) => {
      const text = await templateText(call, input)
      if (text === undefined) throw validationError('Either Template URL or Template Body must be specified.')
      const template = readTemplate(text)
      checkTypes(template)
      const { Parameters: parameters, ...summary } = templateSummary(template)
      const { Description, Capabilities, CapabilitiesReason, DeclaredTransforms } = summary
      const plain = parameters.map(({ ParameterType: _, ParameterConstraints: __, ...parameter }) => parameter)
      return { Description, Capabilities, CapabilitiesReason, DeclaredTransforms, Parameters: plain }
    },
  }),
}
