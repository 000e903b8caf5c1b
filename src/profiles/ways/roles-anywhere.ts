import { parseArn } from '../../model/arn.ts'
import { Failure } from '../../model/failure.ts'
import { placeText, shown } from '../parse.ts'
import { pathOf } from '../path-in.ts'
import type { Profile } from '../read.ts'
import { durationIn, forms, textIn } from '../values.ts'
import type { Way, WayContext } from './way.ts'

const rolesAnywhereArn = (kind: string) => ({
  pattern: new RegExp(`^arn:[\\w-]{1,30}:rolesanywhere:[a-z0-9-]{1,63}:\\d{12}:${kind}/[\\w-]{1,64}$`),
  hint: `It looks like arn:aws:rolesanywhere:eu-central-1:111122223333:${kind}/00000000-0000-0000-0000-000000000000`,
})

const needed = {
  mayfly_trust_anchor_arn: rolesAnywhereArn('trust-anchor'),
  mayfly_profile_arn: rolesAnywhereArn('profile'),
  role_arn: forms.roleArn,
}

/**
 * A role for a certificate: `mayfly_trust_anchor_arn`, `mayfly_profile_arn`, `role_arn`, `mayfly_certificate`, and where
 * they are needed `mayfly_private_key`, `mayfly_certificate_chain`, `mayfly_passphrase_process`. Calls go to the region
 * of the trust anchor, wherever the programs run with the session go.
 */
export const rolesAnywhereWay: Way = {
  keys: ['mayfly_trust_anchor_arn', 'mayfly_profile_arn', 'mayfly_certificate'],
  read: (profile, context) => {
    const arn = (key: keyof typeof needed): string => textIn(profile, key, needed[key]) ?? missing(profile, key)
    const trustAnchorArn = arn('mayfly_trust_anchor_arn')
    const privateKey = placeIn(profile, 'mayfly_private_key', context)
    const chain = placeIn(profile, 'mayfly_certificate_chain', context)
    const passphraseProcess = profile.entries.get('mayfly_passphrase_process')?.value
    const sessionName = textIn(profile, 'role_session_name', forms.sessionName)
    const duration = durationIn(profile, 'duration_seconds', 900, 43_200)
    const target = context.target('rolesanywhere')
    return {
      kind: 'roles-anywhere',
      trustAnchorArn,
      profileArn: arn('mayfly_profile_arn'),
      roleArn: arn('role_arn'),
      certificate: placeIn(profile, 'mayfly_certificate', context) ?? missing(profile, 'mayfly_certificate'),
      ...(privateKey ? { privateKey } : {}),
      ...(chain ? { chain } : {}),
      ...(passphraseProcess ? { passphraseProcess } : {}),
      ...(sessionName ? { sessionName } : {}),
      ...(duration === undefined ? {} : { duration }),
      rolesAnywhere: { ...target, region: parseArn(trustAnchorArn)?.region ?? target.region },
    }
  },
}

/** A path, relative to the file that names it; `~/` is the home directory. An object of a token stays as it is. */
function placeIn(profile: Profile, key: string, { env }: WayContext): string | undefined {
  const entry = profile.entries.get(key)
  if (!entry?.value) return undefined
  if (!entry.value.startsWith('pkcs11:')) return pathOf(entry.value, entry.at.file, env)
  // The URI is kept, shown and logged as part of the profile: a PIN must not be in it.
  if (!/[?&;]pin-value=/.test(entry.value)) return entry.value
  throw new Failure(
    'config-invalid',
    `${placeText(entry.at)}: the pkcs11: URI of ${key} must not hold the PIN (pin-value).`,
    {
      hint: 'Use pin-source=file:/path in it, or mayfly_passphrase_process, or let Mayfly ask.',
    },
  )
}

function missing(profile: Profile, key: string): never {
  throw new Failure(
    'profile-incomplete',
    `${placeText(profile.at)}: the profile ${shown(profile.name)} lacks ${key}.`,
    {
      hint: `A role for a certificate needs ${Object.keys(needed).join(', ')} and mayfly_certificate.`,
    },
  )
}
