import { type Call, type Output, operation } from '../service.ts'
import { required } from '../shape.ts'
import { invalid, notFound } from './faults.ts'
import * as members from './members.ts'
import { find, needs, newResource, pageOf, tagContext } from './resources.ts'
import { revocationListIn } from './revocation.ts'
import { type RevocationList, rolesAnywhereState } from './state.ts'

const target = { crlId: required(members.id) }

/** A revocation list as it is answered. */
const view = (list: RevocationList): Output => ({
  crl: {
    crlId: list.id,
    crlArn: list.arn,
    name: list.name,
    enabled: list.enabled,
    crlData: list.sent,
    trustAnchorArn: list.trustAnchorArn,
    createdAt: list.createdAt,
    updatedAt: list.updatedAt,
  },
})

async function dataOf(bytes: Uint8Array): Promise<Pick<RevocationList, 'data' | 'sent'>> {
  const data = await revocationListIn(bytes)
  if (data === undefined) throw invalid('Invalid CRL: it must be a whole X.509 revocation list, in DER or PEM.')
  return { data, sent: Buffer.from(bytes).toString('base64') }
}

function change(call: Call, id: string, changed: Partial<RevocationList>): Output {
  const { revocationLists } = rolesAnywhereState(call.cloud)
  const after = { ...find(revocationLists, call, 'crl', id), ...changed, updatedAt: call.at.toISOString() }
  revocationLists.put(after.arn, after)
  return view(after)
}

const on = (name: string) => (input: { readonly crlId: string }, call: Call) =>
  needs(call, name, 'crl', input.crlId, rolesAnywhereState(call.cloud).revocationLists)

const switchTo = (name: string, enabled: boolean) =>
  operation({ input: target, needs: on(name), perform: (input, call) => change(call, input.crlId, { enabled }) })

export const crls = {
  ImportCrl: operation({
    input: {
      name: required(members.name),
      crlData: required(members.revocationData),
      trustAnchorArn: required(members.trustAnchorArn),
      enabled: members.enabled,
      tags: members.tags,
    },
    needs: (input) => ({ action: 'rolesanywhere:ImportCrl', resource: '*', ...tagContext(input.tags) }),
    perform: async (input, call) => {
      const state = rolesAnywhereState(call.cloud)
      const anchor = state.trustAnchors.get(input.trustAnchorArn)
      if (anchor?.accountId !== call.caller.accountId) throw notFound('Trust anchor')
      const created: RevocationList = {
        ...newResource(call, 'crl', input),
        name: input.name,
        trustAnchorArn: input.trustAnchorArn,
        ...(await dataOf(input.crlData)),
      }
      state.revocationLists.put(created.arn, created)
      return view(created)
    },
  }),
  GetCrl: operation({
    input: target,
    needs: on('GetCrl'),
    perform: (input, call) => view(find(rolesAnywhereState(call.cloud).revocationLists, call, 'crl', input.crlId)),
  }),
  ListCrls: operation({
    input: members.paging,
    needs: () => ({ action: 'rolesanywhere:ListCrls', resource: '*' }),
    perform: (input, call) => {
      const { items, ...more } = pageOf(call, rolesAnywhereState(call.cloud).revocationLists, input)
      return { crls: items.map((item) => view(item).crl), ...more }
    },
  }),
  UpdateCrl: operation({
    input: { ...target, name: members.name, crlData: members.revocationData },
    needs: on('UpdateCrl'),
    perform: async (input, call) =>
      change(call, input.crlId, {
        ...(input.name === undefined ? {} : { name: input.name }),
        ...(input.crlData === undefined ? {} : await dataOf(input.crlData)),
      }),
  }),
  EnableCrl: switchTo('EnableCrl', true),
  DisableCrl: switchTo('DisableCrl', false),
  DeleteCrl: operation({
    input: target,
    needs: on('DeleteCrl'),
    perform: (input, call) => {
      const state = rolesAnywhereState(call.cloud)
      const found = find(state.revocationLists, call, 'crl', input.crlId)
      state.revocationLists.delete(found.arn)
      return view(found)
    },
  }),
}
