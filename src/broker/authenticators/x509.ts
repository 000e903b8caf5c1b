import { deny } from '../../model/decision.ts'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import type { ProofAuthenticator } from './authenticator.ts'
import type { OpeningParts } from './index.ts'

type Config = Extract<AuthenticatorConfig, { kind: 'x509' }>

export const openX509 = ({ name, kind }: Config, _: OpeningParts): ProofAuthenticator => ({
  name,
  kind,
  broken: () => 'not built',
  authenticate: async () => deny('unavailable', 'not built'),
})
