import { createContext, useContext } from 'react'
import type { RevocationTarget } from '../api/types.ts'

/** What the dialog opens on, and what else it may be turned to. */
export interface RevokeStart {
  readonly target: RevocationTarget
  /** What a person reads for each kind of target. */
  readonly session?: { readonly id: string; readonly name: string }
  readonly principal?: { readonly id: string; readonly name: string }
  readonly role?: string
}

export const RevokeContext = createContext<(start: RevokeStart) => void>(() => undefined)

/** Opens the dialog that revokes, dry run first. */
export const useRevoke = (): ((start: RevokeStart) => void) => useContext(RevokeContext)
