import { utcSeconds } from '../environment.ts'
import { printable, timeLeft } from '../output.ts'
import type { View } from './client.ts'

/** A member as text that is safe to show, on one line; empty where there is none. */
export function textOf(view: View, name: string): string {
  const value = view[name]
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return printable(text).replace(/[\t\n]+/g, ' ')
}

/** An instant, as ISO text or milliseconds since 1970. */
export function instantOf(view: View, name: string): Date | undefined {
  const value = view[name]
  const date = typeof value === 'string' || typeof value === 'number' ? new Date(value) : undefined
  return date && !Number.isNaN(date.getTime()) ? date : undefined
}

/** `2026-11-21T10:15:00Z`, or nothing. */
export const whenOf = (view: View, name: string): string => {
  const date = instantOf(view, name)
  return date ? utcSeconds(date) : ''
}

/** How long a session has to live, or what became of it. */
export function standing(session: View, now: Date): string {
  const state = textOf(session, 'state')
  if (state === 'revoked' || state === 'failed') return state
  const end = instantOf(session, 'expiresAt')
  if (end && end <= now) return 'over'
  return end ? timeLeft(end, now) : state
}

/** `3 sessions`, `1 session` */
export const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

/** Milliseconds as people say them. */
export const tookText = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
