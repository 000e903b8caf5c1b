import { type Duration, Stack, Token } from 'aws-cdk-lib'
import type { IManagedPolicy, IPrincipal } from 'aws-cdk-lib/aws-iam'
import type { IConstruct } from 'constructs'
import { Refusal } from './refusal.ts'

/** Policies that let their holder take off every other limit, the MFA gate among them. */
const administrators = ['AdministratorAccess', 'IAMFullAccess']

/** A name as IAM has it for users, groups and roles. Names that are only known at deployment are left to IAM. */
export function checkName(scope: IConstruct, kind: string, name: string | undefined, longest = 64): void {
  if (name === undefined || Token.isUnresolved(name)) return
  if (!/^[\w+=,.@-]+$/.test(name) || name.length > longest)
    throw new Refusal(
      scope,
      `${JSON.stringify(name)} cannot be the name of a ${kind}: IAM takes 1 to ${longest} of A-Z a-z 0-9 + = , . @ _ and -.`,
    )
}

/** A path as IAM has it: `/` or `/people/ops/`. */
export function checkPath(scope: IConstruct, path: string | undefined): void {
  if (path === undefined || Token.isUnresolved(path)) return
  if (!/^\/(?:[\x21-\x7e]+\/)?$/.test(path) || path.length > 512)
    throw new Refusal(scope, `${JSON.stringify(path)} is no path: it begins and ends with a slash, as in /people/.`)
}

/** Refuses policies that allow everything, unless that is what was asked for. */
export function checkManagedPolicies(
  scope: IConstruct,
  policies: readonly IManagedPolicy[],
  allowAdministrator: boolean | undefined,
): void {
  if (allowAdministrator) return
  for (const { managedPolicyArn } of policies) {
    const arn = JSON.stringify(Stack.of(scope).resolve(managedPolicyArn))
    const name = administrators.find((one) => arn.includes(`:policy/${one}"`))
    if (name)
      throw new Refusal(
        scope,
        `${name} can take off every other limit, the MFA gate among them. Give what the work takes; if it does take ` +
          'this, say so with allowAdministrator: true.',
      )
  }
}

/** Refuses to trust everybody, or every identity of an account's wildcard, by whatever class it was written. */
export function checkReaders(scope: IConstruct, principals: readonly IPrincipal[]): void {
  for (const { policyFragment } of principals) checkPrincipal(scope, policyFragment.principalJson)
}

/** Why a principal that stands for everybody is refused. */
export const openPrincipal =
  'a principal with * lets in people nobody has thought of. Name accounts, users, roles or providers.'

/** Whether the value of a statement's Principal stands for everybody, or is not there. */
export const isOpen = (scope: IConstruct, principal: unknown): boolean =>
  JSON.stringify(Stack.of(scope).resolve(principal) ?? '*').includes('*')

/** The value of a statement's Principal: nothing in it may stand for everybody. */
export function checkPrincipal(scope: IConstruct, principal: unknown): void {
  if (isOpen(scope, principal)) throw new Refusal(scope, openPrincipal)
}

/** The length of a session, or of the time since MFA, between two numbers of seconds. */
export function checkSeconds(
  scope: IConstruct,
  what: string,
  duration: Duration | undefined,
  shortest: number,
  longest: number,
): void {
  if (duration === undefined || duration.isUnresolved()) return
  const seconds = duration.toSeconds()
  if (seconds < shortest || seconds > longest)
    throw new Refusal(scope, `${what} is ${seconds} seconds; it may be ${shortest} to ${longest}.`)
}
