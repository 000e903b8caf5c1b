import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { SamlSpec } from '../model/source-spec.ts'
import type { SamlRole } from './saml-response.ts'

/**
 * The role to assume, of those the assertion names: the profile's, else the only one, else the one the person chooses.
 * Throws a `Failure`: `access-denied` when there is none, `input-needed` (with the list) when nobody can choose.
 */
export async function chooseRole(
  { roleArn, providerArn }: Pick<SamlSpec, 'roleArn' | 'providerArn'>,
  roles: readonly SamlRole[],
  ask: Host['ask'],
): Promise<SamlRole> {
  const fitting = roles.filter(
    (role) => (roleArn ?? role.roleArn) === role.roleArn && (providerArn ?? role.providerArn) === role.providerArn,
  )
  const [first, second] = fitting
  if (first === undefined) throw notNamed(roleArn, roles)
  if (second === undefined) return first
  if (roleArn !== undefined)
    throw new Failure('config-invalid', `The assertion names ${roleArn} with several providers.`, {
      hint: `Set mayfly_saml_provider_arn to one of ${fitting.map((role) => role.providerArn).join(', ')}`,
    })
  return picked(fitting, ask)
}

function notNamed(roleArn: string | undefined, roles: readonly SamlRole[]): Failure {
  const what = roleArn === undefined ? 'a role of this provider' : roleArn
  return new Failure('access-denied', `The assertion does not name ${what}.`, {
    hint:
      roles.length === 0
        ? 'Ask who runs the identity provider to send the attribute https://aws.amazon.com/SAML/Attributes/Role.'
        : `It names ${listed(roles)}.`,
  })
}

async function picked(roles: readonly SamlRole[], ask: Host['ask']): Promise<SamlRole> {
  const lines = roles.map(({ roleArn }, place) => `  ${place + 1}  ${roleArn}`)
  const answer = await ask({ kind: 'text', text: `${lines.join('\n')}\nWhich role (number or name)` }).catch(
    (cause: unknown) => {
      if (!(cause instanceof Failure) || cause.code !== 'input-needed') throw cause
      throw new Failure('input-needed', `The assertion names several roles: ${listed(roles)}.`, {
        hint: 'Set role_arn in the profile to one of them.',
        cause,
      })
    },
  )
  const word = answer.trim()
  const byNumber = /^\d{1,4}$/.test(word) ? roles[Number(word) - 1] : undefined
  const byName = roles.filter(({ roleArn }) => roleArn === word || roleArn.slice(roleArn.lastIndexOf('/') + 1) === word)
  const chosen = byNumber ?? (byName.length === 1 ? byName[0] : undefined)
  if (chosen) return chosen
  throw new Failure('usage', 'None of the roles was chosen.', { hint: 'Type the number before the role, or its name.' })
}

const listed = (roles: readonly SamlRole[]): string => roles.map(({ roleArn }) => roleArn).join(', ')
