import type { ResourceType } from '../resource-type.ts'

/** AWS::CDK::Metadata: says what a template was made with, and makes nothing. */
export const metadata: ResourceType = {
  replacedBy: [],
  create: async (_, at) => ({ id: at.uniqueName(128), attributes: {} }),
  update: async (_, { id, attributes }) => ({ id, attributes }),
  remove: async () => {},
}

/** AWS::CloudFormation::WaitConditionHandle: `Ref` gives an address to signal to. Nobody listens there. */
export const waitConditionHandle: ResourceType = {
  replacedBy: [],
  create: async (_, at) => ({
    id: `https://cloudformation-waitcondition-${at.region}.s3.amazonaws.com/${encodeURIComponent(`${at.stackId}/${at.logicalId}`)}`,
    attributes: {},
  }),
  update: async (_, { id, attributes }) => ({ id, attributes }),
  remove: async () => {},
}
