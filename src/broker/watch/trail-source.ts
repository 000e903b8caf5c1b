/** Records that were read together. */
export interface Batch {
  readonly records: readonly unknown[]
  /** Called when what they say is in the ledger: until then they are read again. */
  readonly settle: () => void
}

/** Gives what CloudTrail has told since it was asked before; the same record may come again. Ends early when told to. */
export type ReadTrail = (signal: AbortSignal) => AsyncIterable<Batch>
