import { operation } from '../service.ts'
import * as members from './members.ts'
import { user } from './nouns.ts'

/** A list of the account's things of a kind the sandbox has none of: no call can make one. */
const noneInAccount = (action: string, member: string, extra: Readonly<Record<string, unknown>> = {}) =>
  operation({
    input: members.paging,
    needs: () => ({ action: `iam:${action}`, resource: '*' }),
    perform: () => ({ [member]: [], ...extra }),
  })

/** The same of a user, who has to be there. */
const noneOfUser = (action: string, member: string) =>
  operation({
    input: { UserName: members.existingUserName, ...members.paging },
    needs: (input, call) => user.needs(action, input, call),
    perform: (input, call) => {
      user.get(input, call)
      return { [member]: [], IsTruncated: false }
    },
  })

/**
 * What tools look for before they delete a user or sweep an account: signing certificates, SSH keys, service-specific
 * credentials, server certificates and identity providers. The sandbox cannot make any, so there are none.
 */
export const unkept = {
  ListSSHPublicKeys: noneOfUser('ListSSHPublicKeys', 'SSHPublicKeys'),
  ListSigningCertificates: noneOfUser('ListSigningCertificates', 'Certificates'),
  ListServiceSpecificCredentials: noneOfUser('ListServiceSpecificCredentials', 'ServiceSpecificCredentials'),
  ListServerCertificates: noneInAccount('ListServerCertificates', 'ServerCertificateMetadataList', {
    IsTruncated: false,
  }),
}
