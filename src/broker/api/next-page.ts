import type { Context } from 'hono'

/** Says where the rest of a list is: a `Link` (RFC 8288), for lists whose body is the items alone. */
export function linkNext(c: Context, cursor: string | undefined): void {
  if (cursor === undefined) return
  const { pathname, searchParams } = new URL(c.req.url)
  searchParams.set('cursor', cursor)
  c.header('Link', `<${pathname}?${searchParams}>; rel="next"`)
}
