import { accountOfKeyId } from '../../model/access-key-id.ts'
import { validationError } from '../fault.ts'
import { operation } from '../service.ts'
import { required, text } from '../shape.ts'

/** The account a key id belongs to, whether or not the key exists: the id itself says so. */
export const getAccessKeyInfo = operation({
  input: { AccessKeyId: required(text({ min: 16, max: 128, pattern: '[\\w]*' })) },
  needs: () => ({ action: 'sts:GetAccessKeyInfo', resource: '*' }),
  perform: ({ AccessKeyId }, { cloud }) => {
    const Account = cloud.accessKeys.get(AccessKeyId)?.accountId ?? accountOfKeyId(AccessKeyId)
    if (Account === undefined) throw validationError('Invalid Access Key ID')
    return { Account }
  },
})
