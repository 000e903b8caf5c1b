import { openMessage } from '../authorization-message.ts'
import { operation } from '../service.ts'
import { required, text } from '../shape.ts'

/** Opens the sealed reason of a refusal in the caller's account. */
export const decodeAuthorizationMessage = operation({
  input: { EncodedMessage: required(text({ min: 1, max: 10_240 })) },
  needs: () => ({ action: 'sts:DecodeAuthorizationMessage', resource: '*' }),
  readOnly: true,
  perform: ({ EncodedMessage }, { cloud, caller }) => ({
    DecodedMessage: openMessage(cloud, caller.accountId, EncodedMessage),
  }),
})
