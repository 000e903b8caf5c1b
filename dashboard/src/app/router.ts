import { useSyncExternalStore } from 'react'

/** Where the page is. It stands behind the `#`, so that the broker serves one file and no path is made up. */
export interface Place {
  readonly page: string
  /** Of a page about one thing. */
  readonly id: string
}

export const pages = ['sessions', 'requests', 'grants', 'alerts', 'ledger'] as const

/** Reads `#/sessions/s…`; what is not known is the list of sessions. Ids are of letters and digits only. */
export function placeOf(hash: string): Place {
  const [, page = '', id = ''] = /^#\/([a-z]+)(?:\/([a-z0-9]{1,40}))?$/.exec(hash) ?? []
  return pages.some((known) => known === page) ? { page, id } : { page: 'sessions', id: '' }
}

export const hrefOf = (page: (typeof pages)[number], id = ''): string => `#/${page}${id && `/${id}`}`

const subscribe = (listener: () => void): (() => void) => {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, () => location.hash))
}

export const go = (page: (typeof pages)[number], id = ''): void => {
  location.hash = hrefOf(page, id)
}
