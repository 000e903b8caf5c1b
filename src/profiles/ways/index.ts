import type { Profile } from '../read.ts'
import { ambientWay } from './ambient.ts'
import { brokeredWay } from './brokered.ts'
import { consoleLoginWay } from './console-login.ts'
import { federationTokenWay } from './federation-token.ts'
import { identityCenterWay } from './identity-center.ts'
import { iotWay } from './iot.ts'
import { rolesAnywhereWay } from './roles-anywhere.ts'
import { samlWay } from './saml.ts'
import type { Way } from './way.ts'
import { webIdentityWay } from './web-identity.ts'

/** Every way, in the order the AWS CLI looks for them; a broker's first, whose proofs have keys of other ways in them. */
const ways: readonly Way[] = [
  ...[
    brokeredWay,
    webIdentityWay,
    identityCenterWay,
    iotWay,
    rolesAnywhereWay,
    samlWay,
    federationTokenWay,
    ambientWay,
    consoleLoginWay,
  ],
]

/** The way a profile's keys mean, if they mean one. */
export const wayOf = ({ entries }: Profile): Way | undefined =>
  ways.find(({ keys }) => keys.some((key) => entries.has(key)))
