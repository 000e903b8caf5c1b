/**
 * Prints every figure with what it is measured against. Run with `npm run bench`, or `npm run bench -- creds policy`
 * for some. Figures are ratios or rates of this machine at this moment; nothing fails when a budget is missed, it says so.
 */
import type { Figure } from './figure.ts'

const benches: Readonly<Record<string, () => Promise<{ run: () => Promise<readonly Figure[]> }>>> = {
  creds: () => import('./creds.ts'),
  policy: () => import('./policy.ts'),
  wire: () => import('./wire.ts'),
  sandbox: () => import('./sandbox.ts'),
  tour: () => import('./tour.ts'),
  ledger: () => import('./ledger.ts'),
  broker: () => import('./broker.ts'),
  dashboard: () => import('./dashboard.ts'),
}

const asked = process.argv.slice(2)
for (const [name, load] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const { run } = await load()
  for (const figure of await run()) {
    const value = figure.value.toLocaleString('en', { maximumFractionDigits: figure.value < 100 ? 2 : 0 })
    console.log(
      `${figure.name.padEnd(64)} ${value.padStart(12)} ${figure.unit.padEnd(12)} ${figure.note ?? ''}`.trimEnd(),
    )
  }
}
