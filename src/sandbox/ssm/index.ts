import { jsonService } from '../json-service.ts'
import type { Service } from '../service.ts'
import { labels } from './labels.ts'
import { putParameter } from './put-parameter.ts'
import { readParameters } from './read-parameters.ts'
import { tags } from './tags.ts'

/** AWS Systems Manager, API version 2014-11-06: its Parameter Store. */
export const ssm: Service = jsonService({
  name: 'ssm',
  targetPrefix: 'AmazonSSM',
  skewMinutes: 5,
  operations: { PutParameter: putParameter, ...readParameters, ...labels, ...tags },
})
