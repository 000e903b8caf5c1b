import type { Context } from 'hono'
import { beginLogin, type Goal, type LoginRoom } from './login-flow.ts'
import { choosePage, type WayIn } from './pages.ts'

/** The page on which somebody chooses their way in; where there is one only, they are sent on it. */
export async function chooseWay(room: LoginRoom, c: Context, goal: Goal, wanted?: string): Promise<Response> {
  const { authenticators } = room.parts
  const ways = authenticators.list().filter(({ kind }) => kind === 'oidc' || kind === 'saml')
  const name = wanted ?? (ways.length === 1 ? ways[0]?.name : undefined)
  const way = name === undefined ? undefined : authenticators.login(name)
  if (way) return beginLogin(room, c, way, goal)
  const query =
    goal.kind === 'page'
      ? `to=${encodeURIComponent(goal.to)}`
      : `flow=${await room.seal.seal('flow', { goal }, flowLasts)}`
  const shown = ways.map(
    ({ name, broken }): WayIn => ({
      name,
      href: `/auth/${encodeURIComponent(name)}/start?${query}`,
      ...(broken === undefined ? {} : { broken }),
    }),
  )
  return choosePage(c, shown)
}

/** Seconds that somebody has to choose. */
const flowLasts = 600
