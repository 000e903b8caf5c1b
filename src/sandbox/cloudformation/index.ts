import { queryService } from '../query-service.ts'
import type { Service } from '../service.ts'
import { changeSets } from './change-sets.ts'
import { describe } from './describe.ts'
import { describeEvents } from './describe-events.ts'
import { executeChangeSet } from './execute-change-set.ts'
import { recovery } from './recovery.ts'
import { settings } from './settings.ts'
import { stacks } from './stacks.ts'
import { templates } from './templates.ts'

export { settleInterrupted } from './interrupted.ts'

/** AWS CloudFormation, API version 2010-05-15. */
export const cloudFormation: Service = queryService({
  name: 'cloudformation',
  version: '2010-05-15',
  xmlns: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  skewMinutes: 15,
  operations: {
    ...changeSets,
    ...describe,
    DescribeEvents: describeEvents,
    ExecuteChangeSet: executeChangeSet,
    ...recovery,
    ...settings,
    ...stacks,
    ...templates,
  },
})
