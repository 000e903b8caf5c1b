import type { Properties, Provisioning } from '../../resource-type.ts'
import { turn, unlessGone } from '../changes.ts'
import { documentIn, formerTagsIn, neededText, structuresIn, tagList, tagsIn, textIn, textsIn } from '../properties.ts'

/** A user, group or role of the stack: what holds policies. */
export interface Holder {
  readonly word: 'User' | 'Group' | 'Role'
  readonly name: string
}

/** Calls IAM; members that are undefined are not sent. */
export const askIam = ({ inner }: Provisioning, operation: string, input: Readonly<Record<string, unknown>>) =>
  inner.invoke('iam', operation, Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)))

/** `arn:aws:iam::<the stack's account>:<resource>` */
export const iamArn = (at: Provisioning, resource: string): string => `arn:aws:iam::${at.accountId}:${resource}`

const named = ({ word, name }: Holder) => ({ [`${word}Name`]: name })

/** Gives the holder the managed and inline policies its properties have, and takes what only the former had. */
export async function setPolicies(
  holder: Holder,
  after: Properties,
  before: Properties,
  at: Provisioning,
): Promise<void> {
  const { word } = holder
  await turn(textsIn(before, 'ManagedPolicyArns'), textsIn(after, 'ManagedPolicyArns'), {
    take: (PolicyArn) => askIam(at, `Detach${word}Policy`, { ...named(holder), PolicyArn }),
    add: (PolicyArn) => askIam(at, `Attach${word}Policy`, { ...named(holder), PolicyArn }),
  })
  const had = inlineIn(before)
  const wanted = inlineIn(after)
  for (const name of had.keys()) if (!wanted.has(name)) await unlessGone(deleteInline(holder, name, at))
  for (const [name, document] of wanted) if (had.get(name) !== document) await putInline(holder, name, document, at)
}

export const putInline = (holder: Holder, PolicyName: string, PolicyDocument: string, at: Provisioning) =>
  askIam(at, `Put${holder.word}Policy`, { ...named(holder), PolicyName, PolicyDocument })

export const deleteInline = (holder: Holder, PolicyName: string, at: Provisioning) =>
  askIam(at, `Delete${holder.word}Policy`, { ...named(holder), PolicyName })

const inlineIn = (properties: Properties): ReadonlyMap<string, string> =>
  new Map(
    structuresIn(properties, 'Policies').map((policy) => [
      neededText(policy, 'PolicyName'),
      documentIn(policy, 'PolicyDocument'),
    ]),
  )

/** Bounds the user or role as its properties say, or sets it free. */
export async function setBoundary(holder: Holder, after: Properties, before: Properties, at: Provisioning) {
  const wanted = textIn(after, 'PermissionsBoundary')
  const had = textIn(before, 'PermissionsBoundary')
  if (wanted === had) return
  if (wanted === undefined) await unlessGone(askIam(at, `Delete${holder.word}PermissionsBoundary`, named(holder)))
  else await askIam(at, `Put${holder.word}PermissionsBoundary`, { ...named(holder), PermissionsBoundary: wanted })
}

/** Tags what IAM calls `word`, found by `key`, as its properties and the stack say. */
export async function setTags(
  word: string,
  key: Readonly<Record<string, string>>,
  after: Properties,
  before: Properties,
  at: Provisioning,
): Promise<void> {
  const had = formerTagsIn(before, at)
  const wanted = tagsIn(after, at)
  const stale = [...had.keys()].filter((name) => !wanted.has(name))
  if (stale.length > 0) await askIam(at, `Untag${word}`, { ...key, TagKeys: stale })
  if (wanted.size > 0) await askIam(at, `Tag${word}`, { ...key, Tags: tagList(wanted) })
}

/** The tags to create something with; undefined for none, so that no right to tag is asked for. */
export function tagsToCreate(properties: Properties, at: Provisioning) {
  const tags = tagList(tagsIn(properties, at))
  return tags.length === 0 ? undefined : tags
}
