import type { Properties, Provisioned, Provisioning } from '../../resource-type.ts'
import { orUndo, turn, unlessGone } from '../changes.ts'
import { knowing, neededText, same, structureIn, textIn, textsIn } from '../properties.ts'
import { askIam, type Holder, iamArn, setBoundary, setPolicies, setTags, tagsToCreate } from './holder.ts'

const holderOf = (name: string): Holder => ({ word: 'User', name })

const tell = (UserName: string, properties: Properties, at: Provisioning): Provisioned => ({
  id: UserName,
  attributes: { Arn: iamArn(at, `user${textIn(properties, 'Path') ?? '/'}${UserName}`) },
})

/** AWS::IAM::User. `Ref` is the name. */
export const user = knowing(
  ['Groups', 'LoginProfile', 'ManagedPolicyArns', 'Path', 'PermissionsBoundary', 'Policies', 'Tags', 'UserName'],
  {
    replacedBy: ['UserName'],
    async create(properties, at) {
      const UserName = textIn(properties, 'UserName') ?? at.uniqueName(64)
      await askIam(at, 'CreateUser', {
        UserName,
        Path: textIn(properties, 'Path'),
        PermissionsBoundary: textIn(properties, 'PermissionsBoundary'),
        Tags: tagsToCreate(properties, at),
      })
      const made = tell(UserName, properties, at)
      await orUndo(
        () => furnish(UserName, properties, {}, at),
        () => this.remove({ ...made, properties }, at),
      )
      return made
    },
    async update(properties, before, at) {
      const UserName = before.id
      const path = textIn(properties, 'Path') ?? '/'
      if (path !== (textIn(before.properties, 'Path') ?? '/'))
        await askIam(at, 'UpdateUser', { UserName, NewPath: path })
      await setBoundary(holderOf(UserName), properties, before.properties, at)
      await furnish(UserName, properties, before.properties, at)
      await setTags('User', { UserName }, properties, before.properties, at)
      return tell(UserName, properties, at)
    },
    async remove({ id, properties }, at) {
      await furnish(id, {}, properties, at)
      await unlessGone(askIam(at, 'DeleteUser', { UserName: id }))
    },
  },
)

async function furnish(UserName: string, after: Properties, before: Properties, at: Provisioning): Promise<void> {
  await setLogin(UserName, structureIn(after, 'LoginProfile'), structureIn(before, 'LoginProfile'), at)
  await turn(textsIn(before, 'Groups'), textsIn(after, 'Groups'), {
    take: (GroupName) => askIam(at, 'RemoveUserFromGroup', { GroupName, UserName }),
    add: (GroupName) => askIam(at, 'AddUserToGroup', { GroupName, UserName }),
  })
  await setPolicies(holderOf(UserName), after, before, at)
}

async function setLogin(
  UserName: string,
  wanted: Properties | undefined,
  had: Properties | undefined,
  at: Provisioning,
): Promise<void> {
  if (same(wanted, had)) return
  if (wanted === undefined) return unlessGone(askIam(at, 'DeleteLoginProfile', { UserName }))
  const PasswordResetRequired = textIn(wanted, 'PasswordResetRequired') ?? 'false'
  const operation = had === undefined ? 'CreateLoginProfile' : 'UpdateLoginProfile'
  await askIam(at, operation, { UserName, Password: neededText(wanted, 'Password'), PasswordResetRequired })
}
