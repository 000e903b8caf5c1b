import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ChangePasswordCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  GetAccountPasswordPolicyCommand,
  GetLoginProfileCommand,
  PutUserPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam'
import { keyOf } from '../cloud.ts'
import { isPassword } from './password.ts'
import { account, anyoneMay, callerNamed, fault, roleCaller, root, stage } from './stage.test.ts'

const good = 'Correct horse 7!'

async function withLogin() {
  const here = stage()
  const iam = here.as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const create = (Password = good) => iam.send(new CreateLoginProfileCommand({ UserName: 'ann', Password }))
  const hash = () => here.cloud.users.get(keyOf(account, 'ann'))?.login?.passwordHash ?? ''
  return { here, iam, create, hash }
}

test('a password is kept as a salted hash that knows it again', async () => {
  const { create, hash } = await withLogin()
  await create()
  assert.match(hash(), /^scrypt\$16384\$8\$1\$[^$]{24}\$[^$]{44}$/)
  assert.equal(await isPassword(good, hash()), true)
  assert.equal(await isPassword(`${good} `, hash()), false)
})

test('a user has one login, and is not deleted with it', async () => {
  const { iam, create } = await withLogin()
  const get = () => iam.send(new GetLoginProfileCommand({ UserName: 'ann' }))
  const missing = fault('NoSuchEntity', 'Login Profile for User ann cannot be found.')
  await assert.rejects(get(), missing)
  await create()
  assert.equal((await get()).LoginProfile?.PasswordResetRequired, false)
  await assert.rejects(create(), fault('EntityAlreadyExists', 'Login Profile for user ann already exists.'))
  await assert.rejects(
    iam.send(new DeleteUserCommand({ UserName: 'ann' })),
    fault('DeleteConflict', 'Cannot delete entity, must delete login profile first.'),
  )
  await iam.send(new DeleteLoginProfileCommand({ UserName: 'ann' }))
  await assert.rejects(get(), missing)
  await iam.send(new DeleteUserCommand({ UserName: 'ann' }))
})

test('passwords meet the policy of the account, or that of AWS where there is none', async () => {
  const { iam, create } = await withLogin()
  const violation = fault('PasswordPolicyViolation', 'Password does not conform to the account password policy.')
  await assert.rejects(create('alllower'), violation)
  await assert.rejects(create('Sh0rt!'), violation)
  await assert.rejects(
    iam.send(new GetAccountPasswordPolicyCommand({})),
    fault('NoSuchEntity', `The Password Policy with domain name ${account} cannot be found.`),
  )
  await iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 20, RequireSymbols: true }))
  const { PasswordPolicy } = await iam.send(new GetAccountPasswordPolicyCommand({}))
  assert.equal(PasswordPolicy?.MinimumPasswordLength, 20)
  assert.equal(PasswordPolicy?.RequireNumbers, false)
  await assert.rejects(create(good), violation)
  await iam.send(new DeleteAccountPasswordPolicyCommand({}))
  await create(good)
})

test('a user changes its password knowing the old one', async () => {
  const { here, iam, create, hash } = await withLogin()
  await create()
  await iam.send(new UpdateLoginProfileCommand({ UserName: 'ann', PasswordResetRequired: true }))
  const change = (OldPassword: string) =>
    here.as(callerNamed('ann')).send(new ChangePasswordCommand({ OldPassword, NewPassword: 'Better horse 8!' }))
  await assert.rejects(change(good), fault('AccessDenied'))
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'all', PolicyDocument: anyoneMay }))
  await assert.rejects(change('Wrong horse 9!'), fault('AccessDenied', 'The old password was incorrect.'))
  assert.equal(await isPassword(good, hash()), true)
  await change(good)
  assert.equal(await isPassword('Better horse 8!', hash()), true)
  const { LoginProfile } = await iam.send(new GetLoginProfileCommand({ UserName: 'ann' }))
  assert.equal(LoginProfile?.PasswordResetRequired, false)
})

test('the policy of the account may let every user change its password, and a role has none', async () => {
  const { here, iam, create } = await withLogin()
  await create()
  await iam.send(new UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }))
  await here
    .as(callerNamed('ann'))
    .send(new ChangePasswordCommand({ OldPassword: good, NewPassword: 'Better horse 8!' }))
  await assert.rejects(
    here.as(roleCaller).send(new ChangePasswordCommand({ OldPassword: good, NewPassword: good })),
    fault('InvalidUserType'),
  )
})

test('of two passwords set at once one wins, and nothing else of the user is lost', async () => {
  const { here, iam, create, hash } = await withLogin()
  await create()
  const set = (Password: string) => iam.send(new UpdateLoginProfileCommand({ UserName: 'ann', Password }))
  const slow = set('Better horse 8!')
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'all', PolicyDocument: anyoneMay }))
  await slow
  assert.deepEqual(Object.keys(here.cloud.users.get(keyOf(account, 'ann'))?.inline ?? {}), ['all'])
  assert.equal(await isPassword('Better horse 8!', hash()), true)
})
