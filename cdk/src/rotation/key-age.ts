import { keyAgeMetric } from '../key-age-metric.ts'
import type { UserKeys } from './user-keys.ts'

/** The age of a user's oldest active key in days, 0 without one. An inactive key lets nobody in. */
export async function oldestKeyAge(keys: UserKeys, now: Date): Promise<number> {
  const ages = (await keys.list())
    .filter(({ active }) => active)
    .map(({ createdAt }) => (now.getTime() - createdAt.getTime()) / 86_400_000)
  return Math.max(0, ...ages)
}

/** A line of log that CloudWatch reads as a metric ("Embedded metric format specification", CloudWatch User Guide). */
export function keyAgeLine(userName: string, days: number, now: Date): string {
  const { namespace, name, dimension } = keyAgeMetric
  const CloudWatchMetrics = [
    { Namespace: namespace, Dimensions: [[dimension]], Metrics: [{ Name: name, Unit: 'None' }] },
  ]
  return JSON.stringify({
    _aws: { Timestamp: now.getTime(), CloudWatchMetrics },
    [dimension]: userName,
    [name]: Math.round(days * 100) / 100,
  })
}
