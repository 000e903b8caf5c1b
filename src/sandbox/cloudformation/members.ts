import { flag, integer, list, oneOf, required, structure, text } from '../shape.ts'

export const stackName = text({ min: 1, max: 128, pattern: '[a-zA-Z][-a-zA-Z0-9]*' })
/** Of a stack that is there: a name, or an ARN. */
export const stackNameOrId = text({
  min: 1,
  max: 1600,
  pattern: '[a-zA-Z][-a-zA-Z0-9]*|arn:aws(?:-us-gov|-cn)?:[-a-zA-Z0-9:/._+]*',
})
export const changeSetName = text({ min: 1, max: 128, pattern: '[a-zA-Z][-a-zA-Z0-9]*' })
export const changeSetNameOrId = text({
  min: 1,
  max: 1600,
  pattern: '[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/]*',
})
export const roleArn = text({ min: 20, max: 2048 })
export const token = text({ min: 1, max: 128, pattern: '[a-zA-Z0-9][-a-zA-Z0-9]*' })
export const logicalId = text()
export const onFailure = oneOf('DO_NOTHING', 'ROLLBACK', 'DELETE')

/** A template: itself, or where in S3 it is. A template may hold secrets, so it is repeated neither in a refusal nor in a trail. */
export const templateSource = {
  TemplateBody: text({ min: 1, max: 51_200, sensitive: true }),
  TemplateURL: text({ min: 1, max: 5120 }),
}

/** What CreateStack, UpdateStack and CreateChangeSet have in common. */
export const intent = {
  ...templateSource,
  Parameters: list(
    structure({
      ParameterKey: text(),
      ParameterValue: text({ sensitive: true }),
      UsePreviousValue: flag(),
      ResolvedValue: text({ sensitive: true }),
    }),
    { max: 200 },
  ),
  Capabilities: list(oneOf('CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND')),
  RoleARN: roleArn,
  NotificationARNs: list(text(), { max: 5 }),
  Tags: list(structure({ Key: required(text({ min: 1, max: 128 })), Value: required(text({ max: 256 })) }), {
    max: 50,
  }),
}

export const stackPolicy = {
  StackPolicyBody: text({ min: 1, max: 16_384 }),
  StackPolicyURL: text({ min: 1, max: 5120 }),
}

export const timeoutMinutes = integer({ min: 1 })
export const nextToken = text({ min: 1, max: 1024 })
