import { deny } from '../../model/decision.ts'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import type { LoginAuthenticator } from './authenticator.ts'
import type { OpeningParts } from './index.ts'

type Config = Extract<AuthenticatorConfig, { kind: 'saml' }>

export const openSaml = ({ name, kind }: Config, _: OpeningParts): LoginAuthenticator => ({
  name,
  kind,
  broken: () => 'not built',
  begin: async () => ({ redirect: '', keep: {} }),
  finish: async () => deny('unavailable', 'not built'),
})
