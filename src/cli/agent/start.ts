import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { type Agent, openAgent } from '../../agent/agent.ts'
import { type Served, serveAgent } from '../../agent/serve.ts'
import { nodeOpenStream } from '../../host/open-stream.ts'
import type { ResolvedProfile } from '../../profiles/resolve.ts'
import type { Cli } from '../cli.ts'
import type { EnvironmentChange } from '../environment.ts'
import { hostOptions, type SessionOptions } from '../options.ts'
import { userProfile } from '../profile.ts'

export interface Started {
  readonly agent: Agent
  readonly served: Served
  readonly close: () => Promise<void>
}

/** An agent of this process for these profiles, listening on 127.0.0.1. */
export async function startAgent(
  cli: Cli,
  profiles: readonly ResolvedProfile[],
  options: SessionOptions & { port?: number },
): Promise<Started> {
  const host = await cli.host(hostOptions(options))
  const agent = openAgent(new Map(profiles.map(({ name, spec }) => [name, spec])), {
    host,
    open: nodeOpenStream(cli.env),
    // Two on one machine are told apart.
    agent: `${hostname()
      .replace(/[^\w.-]/g, '-')
      .slice(0, 60)}-${randomBytes(3).toString('hex')}`,
    elapsed: () => performance.now(),
  })
  try {
    const served = await serveAgent(agent, {
      randomBytes,
      ...(options.port === undefined ? {} : { port: options.port }),
    })
    return {
      ...{ agent, served },
      close: async () => {
        await served.close()
        await agent.close()
      },
    }
  } catch (error) {
    await agent.close()
    throw error
  }
}

/** The profiles of these names; each as its files say now. */
export const profilesNamed = (cli: Cli, names: readonly string[]): readonly ResolvedProfile[] =>
  (names.length > 0 ? [...new Set(names)] : [undefined]).map((name) => userProfile(cli.env, name))

/** Variables that would make an SDK look elsewhere before it asks the agent. */
const others = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
] as const

/** The changes that make every SDK and tool ask the agent for this profile's credentials, and nobody else. */
export function environmentAt(profile: ResolvedProfile, served: Served): EnvironmentChange {
  const { url, token } = served.endpointFor(profile.name)
  const { region, endpoint } = profile
  return {
    set: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
      ...(region ? { AWS_REGION: region, AWS_DEFAULT_REGION: region } : {}),
      ...(endpoint ? { AWS_ENDPOINT_URL: endpoint } : {}),
      ...profile.endpointVariables,
      MAYFLY_PROFILE: profile.name,
    },
    unset: others,
  }
}
