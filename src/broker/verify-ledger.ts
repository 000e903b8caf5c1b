import { type Ledger, verifyEvents } from '../ledger/index.ts'

/** What is wrong with the chain of a ledger that is open; undefined when nothing is. */
export async function keptChainFault(ledger: Ledger): Promise<string | undefined> {
  const { fault } = await verifyEvents(ledger.events())
  return fault?.because
}
