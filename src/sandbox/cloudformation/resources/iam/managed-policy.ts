import type { Properties, Provisioned, Provisioning } from '../../resource-type.ts'
import { orUndo, turn, unlessGone } from '../changes.ts'
import { documentIn, knowing, same, textIn, textsIn } from '../properties.ts'
import { askIam, setTags, tagsToCreate } from './holder.ts'

const mostVersions = 5

/** AWS::IAM::ManagedPolicy. `Ref` is the ARN. */
export const managedPolicy = knowing(
  ['Description', 'Groups', 'ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles', 'Tags', 'Users'],
  {
    replacedBy: ['Description', 'ManagedPolicyName', 'Path'],
    required: ['PolicyDocument'],
    async create(properties, at) {
      const { Policy } = await askIam(at, 'CreatePolicy', {
        PolicyName: textIn(properties, 'ManagedPolicyName') ?? at.uniqueName(128),
        PolicyDocument: documentIn(properties, 'PolicyDocument'),
        Path: textIn(properties, 'Path'),
        Description: textIn(properties, 'Description'),
        Tags: tagsToCreate(properties, at),
      })
      const { Arn } = Policy as { readonly Arn: string }
      await orUndo(
        () => attach(Arn, properties, {}, at),
        () => this.remove({ id: Arn, attributes: {}, properties }, at),
      )
      return tell(Policy as Told)
    },
    async update(properties, { id, attributes, properties: before }, at) {
      let told = attributes
      if (!same(properties.PolicyDocument, before.PolicyDocument)) {
        const versions = await versionsOf(id, at)
        const oldest = versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).at(-1)
        if (versions.length >= mostVersions && oldest) await deleteVersion(id, oldest, at)
        const { PolicyVersion } = await askIam(at, 'CreatePolicyVersion', {
          PolicyArn: id,
          PolicyDocument: documentIn(properties, 'PolicyDocument'),
          SetAsDefault: true,
        })
        told = { ...told, DefaultVersionId: (PolicyVersion as Version).VersionId }
      }
      await attach(id, properties, before, at)
      await setTags('Policy', { PolicyArn: id }, properties, before, at)
      return { id, attributes: told }
    },
    async remove({ id, properties }, at) {
      await attach(id, {}, properties, at)
      await unlessGone(deleteWithVersions(id, at))
    },
  },
)

interface Told {
  readonly Arn: string
  readonly PolicyId: string
  readonly DefaultVersionId: string
  readonly CreateDate: Date
  readonly UpdateDate: Date
}

const tell = ({ Arn, PolicyId, DefaultVersionId, CreateDate, UpdateDate }: Told): Provisioned => ({
  id: Arn,
  attributes: {
    PolicyArn: Arn,
    PolicyId,
    DefaultVersionId,
    CreateDate: CreateDate.toISOString(),
    UpdateDate: UpdateDate.toISOString(),
    IsAttachable: true,
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
  },
})

async function attach(PolicyArn: string, after: Properties, before: Properties, at: Provisioning): Promise<void> {
  for (const word of ['User', 'Group', 'Role'])
    await turn(textsIn(before, `${word}s`), textsIn(after, `${word}s`), {
      take: (name) => askIam(at, `Detach${word}Policy`, { [`${word}Name`]: name, PolicyArn }),
      add: (name) => askIam(at, `Attach${word}Policy`, { [`${word}Name`]: name, PolicyArn }),
    })
}

interface Version {
  readonly VersionId: string
  readonly IsDefaultVersion: boolean
}

/** Newest first. */
async function versionsOf(PolicyArn: string, at: Provisioning): Promise<readonly Version[]> {
  const { Versions } = await askIam(at, 'ListPolicyVersions', { PolicyArn })
  return Versions as readonly Version[]
}

const deleteVersion = (PolicyArn: string, { VersionId }: Version, at: Provisioning) =>
  askIam(at, 'DeletePolicyVersion', { PolicyArn, VersionId })

async function deleteWithVersions(PolicyArn: string, at: Provisioning): Promise<void> {
  for (const version of await versionsOf(PolicyArn, at))
    if (!version.IsDefaultVersion) await deleteVersion(PolicyArn, version, at)
  await askIam(at, 'DeletePolicy', { PolicyArn })
}
