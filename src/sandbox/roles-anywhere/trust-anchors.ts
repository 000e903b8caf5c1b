import { type Call, type Output, operation } from '../service.ts'
import { type InputOf, required } from '../shape.ts'
import { anchorsIn } from './certificate.ts'
import { invalid } from './faults.ts'
import * as members from './members.ts'
import { find, needs, newResource, pageOf, tagContext } from './resources.ts'
import { type NotificationSetting, rolesAnywhereState, type TrustAnchor } from './state.ts'

const mostAnchors = 50
const target = { trustAnchorId: required(members.id) }

/** A trust anchor as it is answered. */
const view = (anchor: TrustAnchor): Output => ({
  trustAnchor: {
    trustAnchorId: anchor.id,
    trustAnchorArn: anchor.arn,
    name: anchor.name,
    source: { sourceType: anchor.sourceType, sourceData: { x509CertificateData: anchor.bundle } },
    enabled: anchor.enabled,
    createdAt: anchor.createdAt,
    updatedAt: anchor.updatedAt,
    notificationSettings: anchor.notifications,
  },
})

type Source = InputOf<{ readonly source: typeof members.source }>['source']

/** The bundle of a source. Only certificates can be given here: there is no private CA service behind this. */
function bundleOf(source: Source): Pick<TrustAnchor, 'bundle' | 'sourceType'> {
  const bundle = source?.sourceData?.x509CertificateData
  if (source?.sourceType !== 'CERTIFICATE_BUNDLE' || bundle === undefined)
    throw invalid('The sandbox takes trust anchors of the source type CERTIFICATE_BUNDLE only.')
  const anchors = anchorsIn(bundle)
  if (anchors.length === 0) throw invalid('Incorrect format of the certificate bundle.')
  const leaf = anchors.find(({ ca }) => !ca)
  if (leaf) throw invalid('Invalid certificate: CA certificates are required in a trust anchor.')
  return { sourceType: 'CERTIFICATE_BUNDLE', bundle }
}

export const standardNotifications: readonly NotificationSetting[] = [
  'CA_CERTIFICATE_EXPIRY',
  'END_ENTITY_CERTIFICATE_EXPIRY',
].map((event) => ({ event, enabled: true, threshold: 45, channel: 'ALL', configuredBy: 'rolesanywhere.amazonaws.com' }))

type Given = InputOf<{ readonly list: typeof members.notifications }>['list']

/** The settings with those given in place of the ones for the same event. */
function notified(before: readonly NotificationSetting[], given: Given, by: string): readonly NotificationSetting[] {
  const set = (given ?? []).map(({ event, enabled, threshold = 45, channel = 'ALL' }) => {
    return { event, enabled, threshold, channel, configuredBy: by }
  })
  return [...before.filter(({ event }) => !set.some((one) => one.event === event)), ...set]
}

function change(call: Call, id: string, changed: (before: TrustAnchor) => Partial<TrustAnchor>): Output {
  const { trustAnchors } = rolesAnywhereState(call.cloud)
  const before = find(trustAnchors, call, 'trust-anchor', id)
  const after = { ...before, ...changed(before), updatedAt: call.at.toISOString() }
  trustAnchors.put(after.arn, after)
  return view(after)
}

const on = (name: string) => (input: { readonly trustAnchorId: string }, call: Call) =>
  needs(call, name, 'trust-anchor', input.trustAnchorId, rolesAnywhereState(call.cloud).trustAnchors)

const switchTo = (name: string, enabled: boolean) =>
  operation({
    input: target,
    needs: on(name),
    perform: (input, call) => change(call, input.trustAnchorId, () => ({ enabled })),
  })

export const trustAnchors = {
  CreateTrustAnchor: operation({
    input: {
      name: required(members.name),
      source: required(members.source),
      enabled: members.enabled,
      tags: members.tags,
      notificationSettings: members.notifications,
    },
    needs: (input) => ({ action: 'rolesanywhere:CreateTrustAnchor', resource: '*', ...tagContext(input.tags) }),
    perform: (input, call) => {
      const { trustAnchors } = rolesAnywhereState(call.cloud)
      const own = [...trustAnchors.values()].filter(({ accountId }) => accountId === call.caller.accountId)
      if (own.length >= mostAnchors) throw invalid('Trust anchor limit exceeded.')
      const created: TrustAnchor = {
        ...newResource(call, 'trust-anchor', input),
        name: input.name,
        ...bundleOf(input.source),
        notifications: notified(standardNotifications, input.notificationSettings, call.caller.accountId),
      }
      trustAnchors.put(created.arn, created)
      return view(created)
    },
  }),
  GetTrustAnchor: operation({
    input: target,
    needs: on('GetTrustAnchor'),
    perform: (input, call) =>
      view(find(rolesAnywhereState(call.cloud).trustAnchors, call, 'trust-anchor', input.trustAnchorId)),
  }),
  ListTrustAnchors: operation({
    input: members.paging,
    needs: () => ({ action: 'rolesanywhere:ListTrustAnchors', resource: '*' }),
    perform: (input, call) => {
      const { items, ...more } = pageOf(call, rolesAnywhereState(call.cloud).trustAnchors, input)
      return { trustAnchors: items.map((item) => view(item).trustAnchor), ...more }
    },
  }),
  UpdateTrustAnchor: operation({
    input: { ...target, name: members.name, source: members.source },
    needs: on('UpdateTrustAnchor'),
    perform: (input, call) =>
      change(call, input.trustAnchorId, () => ({
        ...(input.name === undefined ? {} : { name: input.name }),
        ...(input.source === undefined ? {} : bundleOf(input.source)),
      })),
  }),
  EnableTrustAnchor: switchTo('EnableTrustAnchor', true),
  DisableTrustAnchor: switchTo('DisableTrustAnchor', false),
  DeleteTrustAnchor: operation({
    input: target,
    needs: on('DeleteTrustAnchor'),
    perform: (input, call) => {
      const state = rolesAnywhereState(call.cloud)
      const found = find(state.trustAnchors, call, 'trust-anchor', input.trustAnchorId)
      state.trustAnchors.delete(found.arn)
      return view(found)
    },
  }),
  PutNotificationSettings: operation({
    input: { ...target, notificationSettings: required(members.notifications) },
    needs: on('PutNotificationSettings'),
    perform: (input, call) =>
      change(call, input.trustAnchorId, ({ notifications }) => ({
        notifications: notified(notifications, input.notificationSettings, call.caller.accountId),
      })),
  }),
  ResetNotificationSettings: operation({
    input: { ...target, notificationSettingKeys: required(members.notificationKeys) },
    needs: on('ResetNotificationSettings'),
    perform: (input, call) =>
      change(call, input.trustAnchorId, ({ notifications }) => ({
        notifications: notifications.map((setting) => {
          const reset = input.notificationSettingKeys.some(({ event }) => event === setting.event)
          return reset ? (standardNotifications.find(({ event }) => event === setting.event) ?? setting) : setting
        }),
      })),
  }),
}
