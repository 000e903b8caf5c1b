import { operation } from '../service.ts'
import { text } from '../shape.ts'
import { invalid } from './faults.ts'
import { onAll } from './resources.ts'
import { credentialsEndpoint, credentialsHost } from './state.ts'

export const endpoints = {
  /** Unlike AWS's, the address of the credentials provider has a port. Nothing listens for data. */
  DescribeEndpoint: operation({
    input: { endpointType: text({ max: 128 }) },
    needs: () => onAll('DescribeEndpoint'),
    perform: ({ endpointType = 'iot:Data' }, { cloud, caller, region }) => {
      if (endpointType === 'iot:CredentialProvider')
        return { endpointAddress: credentialsEndpoint(cloud, caller.accountId, region) }
      const { prefix } = credentialsHost(cloud, caller.accountId, region)
      if (endpointType === 'iot:Data-ATS') return { endpointAddress: `${prefix}-ats.iot.${region}.localhost` }
      if (endpointType === 'iot:Data') return { endpointAddress: `${prefix}.iot.${region}.localhost` }
      throw invalid(`Endpoint type ${endpointType} is not supported`)
    },
  }),
}
