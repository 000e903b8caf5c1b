import { describe } from 'node:test'
import { type SourceFacts, sourceContract } from '../../test/contracts/source.ts'
import type { StsStage } from '../../test/contracts/sts-stage.ts'
import type { AssumeRoleSpec, MfaSessionSpec } from '../model/source-spec.ts'

const user = /:user\/admin$/
const reader = /:assumed-role\/reader\/mayfly-/
const session = ({ key, mfa, sts }: StsStage): MfaSessionSpec => ({
  kind: 'mfa-session',
  ...{ base: key, mfa, duration: 3600, sts },
})
const role = (stage: StsStage, base: AssumeRoleSpec['base'], more: Partial<AssumeRoleSpec> = {}): AssumeRoleSpec => ({
  kind: 'assume-role',
  ...{ base, roleArn: stage.role('reader'), sts: stage.sts },
  ...more,
})

const kinds: Readonly<Record<string, SourceFacts>> = {
  'mfa-session': { spec: session, calls: 1, questions: 1, arn: user },
  'mfa-session without MFA': {
    spec: ({ key, sts }) => ({ kind: 'mfa-session', base: key, duration: 900, sts }),
    ...{ calls: 1, questions: 0, arn: user },
  },
  'assume-role from a key': { spec: (stage) => role(stage, stage.key), calls: 1, questions: 0, arn: reader },
  'assume-role from a key with MFA, for long': {
    spec: (stage) => role(stage, stage.key, { mfa: stage.mfa, duration: 43_200 }),
    ...{ calls: 1, questions: 1, arn: reader },
  },
  'assume-role from a session': {
    spec: (stage) => role(stage, session(stage)),
    ...{ calls: 2, questions: 1, arn: reader },
  },
  'assume-role from a role from a session': {
    spec: (stage) => role(stage, role(stage, session(stage), { roleArn: stage.role('deployer') })),
    ...{ calls: 3, questions: 1, arn: reader },
  },
}

for (const [kind, facts] of Object.entries(kinds)) describe(kind, () => sourceContract(kind, facts))
