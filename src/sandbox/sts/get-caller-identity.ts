import { operation } from '../service.ts'

/** Who is calling. Needs no permission, and no policy can take it away. */
export const getCallerIdentity = operation({
  input: {},
  perform: (_input, { caller }) => ({ UserId: caller.userId, Account: caller.accountId, Arn: caller.arn }),
})
