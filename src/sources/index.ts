import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { Credentials, SigningKey } from '../model/signing-key.ts'
import type { PermanentKeySpec, SourceSpec } from '../model/source-spec.ts'
import { openAssumeRole } from './assume-role.ts'
import { openBrokered } from './brokered.ts'
import { openConsoleLogin } from './console-login.ts'
import { openContainer } from './container.ts'
import { openEnvironment, openEnvironmentKey } from './environment.ts'
import { openFederationToken } from './federation-token.ts'
import { openIdentityCenter } from './identity-center.ts'
import { openImds } from './imds.ts'
import { openIot } from './iot.ts'
import { openMfaSession } from './mfa-session.ts'
import { openRolesAnywhere } from './roles-anywhere.ts'
import { openSaml } from './saml.ts'
import type { CredentialSource, Opener } from './source.ts'
import { openStoredKey } from './stored-key.ts'
import { openWebIdentity } from './web-identity.ts'

export type { CredentialSource } from './source.ts'

/** Every kind and its source; a kind left out does not compile. Only permanent keys may give what does not expire. */
const openers: { readonly [Kind in SourceSpec['kind']]: Opener<SpecOf<Kind>, KeyOf<Kind>> } = {
  'stored-key': openStoredKey,
  'mfa-session': openMfaSession,
  'assume-role': openAssumeRole,
  'roles-anywhere': openRolesAnywhere,
  saml: openSaml,
  'identity-center': openIdentityCenter,
  'web-identity': openWebIdentity,
  iot: openIot,
  'federation-token': openFederationToken,
  environment: openEnvironment,
  'environment-key': openEnvironmentKey,
  container: openContainer,
  imds: openImds,
  'console-login': openConsoleLogin,
  brokered: openBrokered,
}

type SpecOf<Kind> = Extract<SourceSpec, { readonly kind: Kind }>
type KeyOf<Kind> = Kind extends PermanentKeySpec['kind'] ? SigningKey : Credentials

/**
 * The source of temporary credentials a spec describes, behind the cache. Nothing is asked or sent before it is called.
 * Throws a `Failure`: `profile-incomplete` for a permanent key alone, which only signs and is never handed out;
 * `config-invalid` for what AWS would refuse whatever its policies say.
 */
export function open(spec: SourceSpec, host: Host): CredentialSource {
  if (spec.kind === 'stored-key' || spec.kind === 'environment-key')
    throw new Failure('profile-incomplete', `${spec.accessKeyId} is a permanent key, and those are never handed out.`, {
      hint: 'Give the profile an mfa_serial or a role_arn, so that it stands for a session.',
    })
  return openKind(spec.kind, spec, host)
}

function openKind<Kind extends SourceSpec['kind']>(
  kind: Kind,
  spec: SpecOf<Kind>,
  host: Host,
): CredentialSource<KeyOf<Kind>> {
  return openers[kind](spec, host, (base) => openKind(base.kind, base, host))
}
