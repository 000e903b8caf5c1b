import type { User } from '../cloud.ts'
import { accessDenied, Fault } from '../fault.ts'
import { type Call, type Output, operation } from '../service.ts'
import { flag, required } from '../shape.ts'
import { entityAlreadyExists, noSuchEntity } from './faults.ts'
import * as members from './members.ts'
import { user } from './nouns.ts'
import { hashPassword, isPassword } from './password.ts'
import { checkPassword, passwordPolicyOf } from './password-policy.ts'

type Login = NonNullable<User['login']>

function loginOf(found: User): Login {
  if (found.login === undefined) throw noSuchEntity(`Login Profile for User ${found.name} cannot be found.`)
  return found.login
}

const view = (found: User, login: Login): Output => ({
  LoginProfile: {
    UserName: found.name,
    CreateDate: new Date(login.createdAt),
    PasswordResetRequired: login.resetRequired,
  },
})

const createLoginProfile = operation({
  input: {
    UserName: members.existingUserName,
    Password: required(members.password),
    PasswordResetRequired: flag(),
  },
  needs: (input, call) => user.needs('CreateLoginProfile', input, call),
  perform: async (input, call) => {
    // Hashing waits, so it comes first: what is checked below is still so when it is put.
    const passwordHash = await hashPassword(input.Password)
    const found = user.get(input, call)
    if (found.login !== undefined) throw entityAlreadyExists(`Login Profile for user ${found.name} already exists.`)
    checkPassword(input.Password, found.name, call.cloud, found.accountId)
    const resetRequired = input.PasswordResetRequired ?? false
    const login: Login = { passwordHash, createdAt: call.at.toISOString(), resetRequired }
    user.put(call.cloud, { ...found, login })
    return view(found, login)
  },
})

const getLoginProfile = operation({
  input: { UserName: members.existingUserName },
  needs: (input, call) => user.needs('GetLoginProfile', input, call),
  perform: (input, call) => {
    const found = user.get(input, call)
    return view(found, loginOf(found))
  },
})

const updateLoginProfile = operation({
  input: {
    UserName: required(members.existingUserName),
    Password: members.password,
    PasswordResetRequired: flag(),
  },
  needs: (input, call) => user.needs('UpdateLoginProfile', input, call),
  perform: async (input, call) => {
    const passwordHash = input.Password === undefined ? undefined : await hashPassword(input.Password)
    const found = user.get(input, call)
    const login = loginOf(found)
    if (input.Password !== undefined) checkPassword(input.Password, found.name, call.cloud, found.accountId)
    user.put(call.cloud, {
      ...found,
      login: {
        ...login,
        ...(passwordHash !== undefined && { passwordHash, changedAt: call.at.toISOString() }),
        resetRequired: input.PasswordResetRequired ?? login.resetRequired,
      },
    })
    return {}
  },
})

const deleteLoginProfile = operation({
  input: { UserName: members.existingUserName },
  needs: (input, call) => user.needs('DeleteLoginProfile', input, call),
  perform: (input, call) => {
    const found = user.get(input, call)
    loginOf(found)
    const { login, ...without } = found
    user.put(call.cloud, without)
    return {}
  },
})

const changePassword = operation({
  input: { OldPassword: required(members.password), NewPassword: required(members.password) },
  // A user may be let through by the account's password policy as well as by its own policies.
  needs: (_, call) => {
    const caller = callingUser(call)
    const policy = passwordPolicyOf(call.cloud, caller.accountId)
    return policy?.AllowUsersToChangePassword ? [] : user.needs('ChangePassword', { UserName: caller.name }, call)
  },
  perform: async (input, call) => {
    const before = callingUser(call)
    const login = loginOf(before)
    const [isOld, passwordHash] = await Promise.all([
      isPassword(input.OldPassword, login.passwordHash),
      hashPassword(input.NewPassword),
    ])
    if (!isOld) throw accessDenied('The old password was incorrect.')
    const found = callingUser(call)
    if (found.login?.passwordHash !== login.passwordHash)
      throw new Fault('EntityTemporarilyUnmodifiable', 409, 'The password is being changed by another request.')
    checkPassword(input.NewPassword, found.name, call.cloud, found.accountId)
    user.put(call.cloud, {
      ...found,
      login: { ...login, passwordHash, changedAt: call.at.toISOString(), resetRequired: false },
    })
    return {}
  },
})

function callingUser(call: Call): User {
  const { caller } = call
  if (caller.kind !== 'user' || caller.userName === undefined)
    throw new Fault('InvalidUserType', 400, 'Only IAM users can change their own password.')
  return user.get({ UserName: caller.userName }, call)
}

export const loginProfiles = {
  CreateLoginProfile: createLoginProfile,
  GetLoginProfile: getLoginProfile,
  UpdateLoginProfile: updateLoginProfile,
  DeleteLoginProfile: deleteLoginProfile,
  ChangePassword: changePassword,
}
