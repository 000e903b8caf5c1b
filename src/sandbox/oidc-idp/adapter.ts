import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Cloud } from '../cloud.ts'
import type { Table } from '../store.ts'

interface Kept {
  readonly payload: AdapterPayload
  /** Milliseconds since 1970, real time: what the provider's own clock is. */
  readonly endsAt: number | undefined
}

/** Keeps what the provider wants kept (sessions, codes, refresh tokens) with the sandbox's state, a table a model. */
export const stateAdapter =
  (cloud: Cloud, realTime: () => number) =>
  (model: string): Adapter => {
    const table: Table<Kept> = cloud.store.table(`oidc-${model}`)
    const living = (kept: Kept | undefined): AdapterPayload | undefined =>
      kept && (kept.endsAt === undefined || kept.endsAt > realTime()) ? kept.payload : undefined
    const findBy = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
      for (const kept of table.values()) if (matches(kept.payload)) return living(kept)
      return undefined
    }
    const drop = (matches: (kept: Kept) => boolean): void => {
      const gone = [...table.values()].filter(matches)
      for (const { payload } of gone) if (payload.jti !== undefined) table.delete(payload.jti)
    }
    return {
      upsert: async (id, payload, expiresIn) => {
        drop(({ endsAt }) => endsAt !== undefined && endsAt <= realTime())
        const endsAt = expiresIn ? realTime() + expiresIn * 1000 : undefined
        table.put(id, { payload: { ...payload, jti: id }, endsAt })
      },
      find: async (id) => living(table.get(id)),
      findByUid: async (uid) => findBy((payload) => payload.uid === uid),
      findByUserCode: async (code) => findBy((payload) => payload.userCode === code),
      consume: async (id) => {
        const kept = table.get(id)
        if (kept) table.put(id, { ...kept, payload: { ...kept.payload, consumed: Math.floor(realTime() / 1000) } })
      },
      destroy: async (id) => {
        table.delete(id)
      },
      revokeByGrantId: async (grantId) => drop(({ payload }) => payload.grantId === grantId),
    }
  }
