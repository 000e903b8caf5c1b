import { everythingLive, type SessionFilter } from './filter.ts'
import { columns, newestFirst, type Order } from './order.ts'

/** What the list shows, and in which order. */
export interface ListView {
  readonly filter: SessionFilter
  readonly order: Order
}

const texts = ['text', 'person', 'role', 'account', 'origin'] as const
const states = ['live', 'issued', 'pending', 'revoked', 'failed', 'ended', 'all'] as const

/** Writes it for an address that can be kept and sent: `role=admin&sort=-used`. What is as usual is left out. */
export function queryOf({ filter, order }: ListView): string {
  const params = new URLSearchParams()
  for (const key of texts) if (filter[key] !== '') params.set(key, filter[key])
  if (filter.state !== everythingLive.state) params.set('state', filter.state)
  if (order.by !== newestFirst.by || order.down !== newestFirst.down)
    params.set('sort', `${order.down ? '-' : ''}${order.by}`)
  return params.toString()
}

/** Reads such an address. What it does not say, or says wrongly, is as usual. */
export function viewOf(query: string): ListView {
  const params = new URLSearchParams(query)
  const text = (key: (typeof texts)[number]): string => (params.get(key) ?? '').slice(0, 500)
  const state = states.find((known) => known === params.get('state')) ?? everythingLive.state
  const sort = params.get('sort') ?? ''
  const by = columns.find((known) => known === sort.replace(/^-/, ''))
  return {
    filter: {
      ...{ text: text('text'), person: text('person'), role: text('role'), account: text('account') },
      ...{ origin: text('origin'), state },
    },
    order: by === undefined ? newestFirst : { by, down: sort.startsWith('-') },
  }
}
