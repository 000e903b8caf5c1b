import { Failure } from '../../model/failure.ts'
import { placeText, shown } from '../parse.ts'
import { pathIn } from '../path-in.ts'
import type { Profile } from '../read.ts'
import { textIn } from '../values.ts'
import type { Way } from './way.ts'

const forms = {
  mayfly_iot_endpoint: {
    pattern: /^(?=.*[a-z])[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9]\d{0,4})?$/i,
    hint: 'aws iot describe-endpoint --endpoint-type iot:CredentialProvider tells it; it is a name, not an address.',
  },
  mayfly_iot_role_alias: { pattern: /^[\w=,@-]{1,128}$/, hint: 'Use 1 to 128 letters, digits and _=,@-' },
  mayfly_iot_thing: { pattern: /^[a-zA-Z0-9:_-]{1,128}$/, hint: 'Use 1 to 128 letters, digits and :_-' },
}

/**
 * A role for a device, from AWS IoT Core: `mayfly_iot_endpoint`, `mayfly_iot_role_alias`, `mayfly_certificate`,
 * `mayfly_private_key`, and where they are needed `mayfly_iot_thing`, `mayfly_ca_bundle`, `mayfly_passphrase_process`.
 */
export const iotWay: Way = {
  keys: ['mayfly_iot_endpoint', 'mayfly_iot_role_alias', 'mayfly_iot_thing'],
  read: (profile, { env }) => {
    const role = profile.entries.get('role_arn')
    if (role)
      throw new Failure(
        'config-invalid',
        `${placeText(role.at)}: ${shown(profile.name)} has a role alias and a role_arn.`,
        {
          hint: 'The alias stands for the role. Remove role_arn, or assume it in another profile with source_profile.',
        },
      )
    const text = (key: keyof typeof forms): string => textIn(profile, key, forms[key]) || missing(profile, key)
    const path = (key: string): string | undefined => {
      const entry = profile.entries.get(key)
      if (!entry?.value.startsWith('pkcs11:')) return pathIn(profile, key, env)
      throw new Failure(
        'config-invalid',
        `${placeText(entry.at)}: ${key} of a device is a file, not an object of a token.`,
        {
          hint: 'Keys in tokens are for Roles Anywhere.',
        },
      )
    }
    const thing = textIn(profile, 'mayfly_iot_thing', forms.mayfly_iot_thing)
    const caBundle = path('mayfly_ca_bundle')
    const passphraseProcess = profile.entries.get('mayfly_passphrase_process')?.value
    const certificate = path('mayfly_certificate') ?? missing(profile, 'mayfly_certificate')
    return {
      kind: 'iot',
      endpoint: text('mayfly_iot_endpoint'),
      roleAlias: text('mayfly_iot_role_alias'),
      certificate,
      privateKey: path('mayfly_private_key') ?? certificate,
      ...(thing ? { thing } : {}),
      ...(caBundle ? { caBundle } : {}),
      ...(passphraseProcess ? { passphraseProcess } : {}),
    }
  },
}

function missing(profile: Profile, key: string): never {
  throw new Failure(
    'profile-incomplete',
    `${placeText(profile.at)}: the profile ${shown(profile.name)} lacks ${key}.`,
    {
      hint: 'A role for a device needs mayfly_iot_endpoint, mayfly_iot_role_alias, mayfly_certificate and mayfly_private_key.',
    },
  )
}
