import { useSyncExternalStore } from 'react'

/** Where the page is. It stands behind the `#`, so that the broker serves one file and no path is made up. */
export interface Place {
  readonly page: string
  /** Of a page about one thing. */
  readonly id: string
  /** What stands behind a question mark: how a list is filtered. */
  readonly query: string
}

export const pages = ['sessions', 'requests', 'grants', 'alerts', 'ledger'] as const

/** Reads `#/sessions/s…` and `#/sessions?role=…`; what is not known is the list of sessions. Ids are of letters and digits. */
export function placeOf(hash: string): Place {
  const [, page = '', id = '', query = ''] = /^#\/([a-z]+)(?:\/([a-z0-9]{1,40}))?(?:\?(.*))?$/.exec(hash) ?? []
  return pages.some((known) => known === page) ? { page, id, query } : { page: 'sessions', id: '', query: '' }
}

export const hrefOf = (page: (typeof pages)[number], id = '', query = ''): string =>
  `#/${page}${id && `/${id}`}${query && `?${query}`}`

/** The address of the page that a path of the broker's means, such as `/sessions/s…` in a message; else none. */
export function hashOfPath(path: string): string | undefined {
  const hash = `#${path.replace(/\/$/, '')}`
  return placeOf(hash).page === hash.slice(2).split('/')[0] ? hash : undefined
}

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
