import { orUndo, unlessGone } from '../changes.ts'
import { documentIn, knowing, same, textIn } from '../properties.ts'
import { askIam, type Holder, setBoundary, setPolicies, setTags, tagsToCreate } from './holder.ts'

const holderOf = (name: string): Holder => ({ word: 'Role', name })

/** AWS::IAM::Role. `Ref` is the name. */
export const role = knowing(
  [
    'AssumeRolePolicyDocument',
    'Description',
    'ManagedPolicyArns',
    'MaxSessionDuration',
    'Path',
    'PermissionsBoundary',
    'Policies',
    'RoleName',
    'Tags',
  ],
  {
    replacedBy: ['RoleName', 'Path'],
    required: ['AssumeRolePolicyDocument'],
    async create(properties, at) {
      const RoleName = textIn(properties, 'RoleName') ?? at.uniqueName(64)
      const { Role } = await askIam(at, 'CreateRole', {
        RoleName,
        AssumeRolePolicyDocument: documentIn(properties, 'AssumeRolePolicyDocument'),
        Path: textIn(properties, 'Path'),
        Description: textIn(properties, 'Description'),
        MaxSessionDuration: textIn(properties, 'MaxSessionDuration'),
        PermissionsBoundary: textIn(properties, 'PermissionsBoundary'),
        Tags: tagsToCreate(properties, at),
      })
      const { Arn, RoleId } = Role as { readonly Arn: string; readonly RoleId: string }
      const made = { id: RoleName, attributes: { Arn, RoleId } }
      await orUndo(
        () => setPolicies(holderOf(RoleName), properties, {}, at),
        () => this.remove({ ...made, properties }, at),
      )
      return made
    },
    async update(properties, { id, attributes, properties: before }, at) {
      const differs = (...names: string[]) => names.some((name) => !same(properties[name], before[name]))
      if (differs('AssumeRolePolicyDocument'))
        await askIam(at, 'UpdateAssumeRolePolicy', {
          RoleName: id,
          PolicyDocument: documentIn(properties, 'AssumeRolePolicyDocument'),
        })
      if (differs('Description', 'MaxSessionDuration'))
        await askIam(at, 'UpdateRole', {
          RoleName: id,
          Description: textIn(properties, 'Description') ?? '',
          MaxSessionDuration: textIn(properties, 'MaxSessionDuration') ?? 3600,
        })
      await setBoundary(holderOf(id), properties, before, at)
      await setPolicies(holderOf(id), properties, before, at)
      await setTags('Role', { RoleName: id }, properties, before, at)
      return { id, attributes }
    },
    async remove({ id, properties }, at) {
      await setPolicies(holderOf(id), {}, properties, at)
      await unlessGone(askIam(at, 'DeleteRole', { RoleName: id }))
    },
  },
)
