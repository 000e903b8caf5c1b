import { makeUniqueId } from '../model/access-key-id.ts'
import { authorizer } from './authorize.ts'
import { openClock } from './clock.ts'
import { type Account, type Cloud, keyOf, openCloud } from './cloud.ts'
import { settleInterrupted } from './cloudformation/index.ts'
import { control } from './control.ts'
import { seedManagedPolicies } from './iam/index.ts'
import { openInside } from './inside.ts'
import { containerCredentials } from './instance/control.ts'
import { listenForDevices } from './iot/listener.ts'
import { credentialsEndpoint } from './iot/state.ts'
import { kernel } from './kernel.ts'
import { oidcIdp } from './oidc-idp/index.ts'
import { issuerAt } from './oidc-idp/issuer.ts'
import { type OidcPerson, oidcPeople } from './oidc-idp/people.ts'
import { samlPaths } from './saml-idp/issue.ts'
import { serve } from './server.ts'
import { services } from './services.ts'
import { fileStore, memoryStore, type Table } from './store.ts'

export interface SandboxOptions {
  /** Of 127.0.0.1; absent: a free one. */
  readonly port?: number
  /** Twelve digits each; the first is the primary one. Default `111122223333`. */
  readonly accounts?: readonly string[]
  /** Default `us-east-1`. */
  readonly region?: string
  /** Where the state is kept; absent: in memory. What was answered survives the end of the process, however it ends. */
  readonly stateDirectory?: string
  /** Whether a role's session that was taken with MFA meets MFA conditions later on; default no, as reported of AWS. */
  readonly mfaInRoleSessions?: boolean
  /** Where the sandbox's clock begins; it runs on from there. Absent: where it stood, or real time. */
  readonly clock?: Date
  /** Real time; the sandbox's own clock runs beside it. */
  readonly now: () => Date
  /** Cryptographically random bytes. */
  readonly randomBytes: (length: number) => Uint8Array
  /** Told of faults of the sandbox itself, a line each. */
  readonly log?: (line: string) => void
}

/** The administrator's key of an account. */
export interface AccountKey {
  readonly accountId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A running sandbox; its own `accountId` and key are those of the primary account. */
export interface Sandbox extends AccountKey {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly region: string
  /** Where people sign in to IAM Identity Center: the `sso_start_url` of profiles. */
  readonly ssoStartUrl: string
  /** The issuer of the sandbox's OpenID Connect provider; its public client is `mayfly`. */
  readonly oidcIssuer: string
  /** Who can sign in there, with their passwords. */
  readonly oidcPeople: readonly OidcPerson[]
  /** Where the sandbox's SAML provider has its metadata, for CreateSAMLProvider, and where people sign in there. */
  readonly samlMetadataUrl: string
  readonly samlSsoUrl: string
  /** Where devices of the primary account get credentials (mutual TLS): host and port; the host is a name of this machine. */
  readonly iotCredentialsEndpoint: string
  /** Where the instance metadata service is: what AWS_EC2_METADATA_SERVICE_ENDPOINT is set to. */
  readonly imdsEndpoint: string
  /** What AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN are set to. */
  readonly containerCredentialsUri: string
  readonly containerAuthorizationToken: string
  /** What the endpoints under `/_mayfly/` ask for. */
  readonly controlToken: string
  readonly accounts: readonly AccountKey[]
  readonly cloud: Cloud
  /** Ends connections and the state; a second time does nothing more. */
  readonly close: () => Promise<void>
}

interface Setting {
  readonly value: string
}

/**
 * Starts an AWS on loopback, with an administrator (an IAM user `admin`) in each account. A state directory that was
 * used before brings back its accounts, keys, sessions, clock and control token. Rejects when the port is taken, or
 * when another sandbox is at work in the directory.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  for (const id of options.accounts ?? [])
    if (!/^\d{12}$/.test(id)) throw new TypeError('an account id has twelve digits')
  const store = options.stateDirectory === undefined ? memoryStore() : fileStore(options.stateDirectory)
  try {
    const settings: Table<Setting> = store.table('setting')
    const clock = openClock(store, options.now, options.clock)
    const asked = options.accounts ?? []
    const primaryAccount = asked[0] ?? settings.get('primary-account')?.value ?? '111122223333'
    const region = options.region ?? settings.get('region')?.value ?? 'us-east-1'
    settings.put('primary-account', { value: primaryAccount })
    settings.put('region', { value: region })
    const { mfaInRoleSessions = false, randomBytes } = options
    const cloud = openCloud({ region, primaryAccount, mfaInRoleSessions, now: clock.now, randomBytes, store })
    for (const id of [primaryAccount, ...asked]) if (!cloud.accounts.get(id)) cloud.accounts.put(id, { id })
    const controlToken = settings.get('control-token')?.value ?? hex(randomBytes(24))
    settings.put('control-token', { value: controlToken })
    seedManagedPolicies(cloud)
    settleInterrupted(cloud)
    const accounts = [...cloud.accounts.values()].map((account) => administrator(cloud, settings, account))
    store.flush()
    const [primary] = accounts.filter(({ accountId }) => accountId === primaryAccount)
    if (primary === undefined) throw new TypeError('the primary account has no administrator')
    let endpoint = ''
    const log = options.log ?? (() => undefined)
    const authorize = authorizer()
    const inside = openInside({ cloud, endpoint: () => endpoint, authorize, services, log })
    const handle = kernel({
      cloud,
      authorize,
      inside,
      control: control({ cloud, clock, token: controlToken, endpoint: () => endpoint }),
      endpoint: () => endpoint,
      log,
    })
    const realTime = (): number => options.now().getTime()
    const server = await serve(handle, {
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.log === undefined ? {} : { log: options.log }),
      mounts: [oidcIdp({ cloud, endpoint: () => endpoint, realTime })],
    })
    endpoint = `http://127.0.0.1:${server.port}`
    const devices = await listenForDevices({ cloud, authorize, inside, endpoint: () => endpoint, log })
    let closing: Promise<void> | undefined
    const close = (): Promise<void> => {
      closing ??= Promise.all([server.close(), devices.close()])
        .then(() => inside.idle())
        .then(() => store.close())
      return closing
    }
    const oidc = { oidcIssuer: issuerAt(endpoint), oidcPeople: oidcPeople(cloud) }
    const saml = { samlMetadataUrl: endpoint + samlPaths.metadata, samlSsoUrl: endpoint + samlPaths.signOn }
    const people = { ssoStartUrl: `${endpoint}/start`, ...oidc, ...saml }
    const machines = {
      iotCredentialsEndpoint: credentialsEndpoint(cloud, primaryAccount, region),
      imdsEndpoint: endpoint,
      ...containerCredentials(cloud, endpoint),
    }
    store.flush()
    return { endpoint, region, ...primary, ...people, ...machines, controlToken, accounts, cloud, close }
  } catch (error) {
    store.close()
    throw error
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const administratorAccess = 'arn:aws:iam::aws:policy/AdministratorAccess'

/** The administrator of an account with a key that works: the one from before, or a new one. */
function administrator(cloud: Cloud, settings: Table<Setting>, { id: accountId }: Account): AccountKey {
  const setting = `administrator-key/${accountId}`
  const known = cloud.accessKeys.get(settings.get(setting)?.value ?? '')
  if (known) return { accountId, accessKeyId: known.id, secretAccessKey: known.secret }
  const random = (): number => Buffer.from(cloud.randomBytes(4)).readUInt32BE() / 2 ** 32
  const at = cloud.now().toISOString()
  const name = 'admin'
  if (!cloud.users.get(keyOf(accountId, name)))
    cloud.users.put(keyOf(accountId, name), {
      accountId,
      name,
      path: '/',
      id: makeUniqueId('AIDA', accountId, random),
      arn: `arn:aws:iam::${accountId}:user/${name}`,
      createdAt: at,
      inline: {},
      attached: [administratorAccess],
      tags: {},
      groups: [],
    })
  const key = {
    id: makeUniqueId('AKIA', accountId, random),
    secret: Buffer.from(cloud.randomBytes(30)).toString('base64'),
    accountId,
    userName: name,
    status: 'Active',
    createdAt: at,
  } as const
  cloud.accessKeys.put(key.id, key)
  settings.put(setting, { value: key.id })
  return { accountId, accessKeyId: key.id, secretAccessKey: key.secret }
}
