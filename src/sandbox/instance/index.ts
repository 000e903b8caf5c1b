import { splitTarget } from '../../wire/uri.ts'
import type { Service } from '../service.ts'
import { containerPath, refuseContainer, serveContainer } from './container.ts'
import { metadataPath, serveMetadata } from './metadata.ts'

/** The instance metadata service, version 2, for the sandbox's one machine. */
export const instanceMetadata: Service = {
  name: 'imds',
  skewMinutes: 15,
  claims: ({ target }) => metadataPath.test(splitTarget(target).path),
  handle: async (call) => serveMetadata(call),
  refuse: ({ status, message }) => ({
    status,
    headers: { 'Content-Type': 'text/plain', Server: 'EC2ws' },
    body: `${message}\n`,
  }),
}

/** The container credentials endpoint, for the sandbox's one task. */
export const containerCredentials: Service = {
  name: 'container-credentials',
  skewMinutes: 15,
  claims: ({ target }) => splitTarget(target).path.startsWith(containerPath),
  handle: async (call) => serveContainer(call),
  refuse: (fault) => refuseContainer(fault),
}
