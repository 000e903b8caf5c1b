import { exists, invalidParameter, invalidRequest, limitExceeded, notFound } from './faults.ts'
import type { Secret, SecretVersion } from './state.ts'

const mostVersions = 100
const day = 86_400_000

export const current = 'AWSCURRENT'
const previous = 'AWSPREVIOUS'
export const pending = 'AWSPENDING'

type Versions = readonly SecretVersion[]

export const withStage = (versions: Versions, stage: string): SecretVersion | undefined =>
  versions.find(({ stages }) => stages.includes(stage))

/** The stage moved to a version, off any other. AWSPREVIOUS follows where AWSCURRENT leaves. */
export function moveStage(versions: Versions, stage: string, to: string): Versions {
  const from = withStage(versions, stage)
  if (from?.id === to) return versions
  const moved = versions.map((version) => ({
    ...version,
    stages: [...version.stages.filter((name) => name !== stage), ...(version.id === to ? [stage] : [])],
  }))
  return stage === current && from !== undefined ? moveStage(moved, previous, from.id) : moved
}

/** The stage taken off a version; off another, which may have got it meanwhile, it is not taken. */
export const dropStage = (versions: Versions, stage: string, from: string): Versions =>
  versions.map((version) =>
    version.id === from ? { ...version, stages: version.stages.filter((name) => name !== stage) } : version,
  )

export interface NewValue {
  readonly id: string
  readonly string?: string
  readonly binary?: string
  readonly stages: readonly string[]
}

/** The value that was sent: a text or bytes. Throws unless it is exactly one of them. */
export function valueIn(input: {
  readonly SecretString?: string
  readonly SecretBinary?: string
}): Pick<SecretVersion, 'string' | 'binary'> | undefined {
  if (input.SecretString !== undefined && input.SecretBinary !== undefined)
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
  if (input.SecretString !== undefined) return { string: input.SecretString }
  return input.SecretBinary === undefined ? undefined : { binary: input.SecretBinary }
}

const hasValue = (version: SecretVersion): boolean => version.string !== undefined || version.binary !== undefined

/**
 * The versions with a value put. The same value under the same token changes nothing; another value under it is refused.
 * Throws when the secret's hundred versions are all in use or of the last day.
 */
export function putValue({ arn, versions }: Secret, value: NewValue, at: Date): Versions {
  const { stages, ...content } = value
  const known = versions.find(({ id }) => id === value.id)
  if (known && hasValue(known)) {
    if (known.string === value.string && known.binary === value.binary) return versions
    throw exists(
      `You can't use ClientRequestToken ${value.id} because that value is already in use for a version of secret ${arn}.`,
    )
  }
  const filled = known
    ? versions.map((version) => (version === known ? { ...known, ...content } : version))
    : [...prune(versions, at), { ...content, stages: [], createdAt: at.toISOString() }]
  const labelled = stages.reduce((moved, stage) => moveStage(moved, stage, value.id), filled as Versions)
  // The first value of a secret is its current one, whatever else it is called.
  return withStage(labelled, current) || stages.includes(pending) ? labelled : moveStage(labelled, current, value.id)
}

function prune(versions: Versions, at: Date): Versions {
  if (versions.length < mostVersions) return versions
  const old = versions.find(
    ({ stages, createdAt }) => stages.length === 0 && at.getTime() - Date.parse(createdAt) >= day,
  )
  if (old === undefined) throw limitExceeded(`The secret has reached the maximum number of versions: ${mostVersions}.`)
  return versions.filter((version) => version !== old)
}

/** The version a reader asks for: by id, by stage, by both (which must agree), else the current one. */
export function versionFor(secret: Secret, id: string | undefined, stage: string | undefined): SecretVersion {
  const missing = (what: string): Error => notFound(`Secrets Manager can't find the specified secret value for ${what}`)
  if (id === undefined) {
    const found = withStage(secret.versions, stage ?? current)
    if (found && hasValue(found)) return found
    throw missing(`staging label: ${stage ?? current}`)
  }
  const found = secret.versions.find((version) => version.id === id)
  if (found && stage !== undefined && !found.stages.includes(stage))
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.')
  if (found && hasValue(found)) return found
  throw missing(`VersionId: ${id}`)
}

/** The versions after UpdateSecretVersionStage. Throws what AWS throws when the label is not where it was said to be. */
export function updateStage(
  { versions }: Secret,
  stage: string,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): Versions {
  for (const id of [from, to])
    if (id !== undefined && !versions.some((version) => version.id === id))
      throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${id}`)
  if (from === undefined && to === undefined)
    throw invalidParameter('You must specify MoveToVersionId or RemoveFromVersionId, or both.')
  const holder = withStage(versions, stage)
  if (holder !== undefined && holder.id !== to && from === undefined)
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  if (from !== undefined && holder?.id !== from)
    throw invalidParameter(
      `The parameter RemoveFromVersionId is invalid. Staging label ${stage} ${holder ? `is currently attached to version ${holder.id}` : 'is not attached to any version'}, so you can't remove it from version ${from}.`,
    )
  if (to !== undefined) return moveStage(versions, stage, to)
  if (stage === current)
    throw invalidParameter(
      `You can only move staging label ${current} to a different secret version. It can't be completely removed.`,
    )
  return from === undefined ? versions : dropStage(versions, stage, from)
}
